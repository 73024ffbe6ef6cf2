#include "core/path_following/single_neuron.hpp"

#include "core/decision/draws.hpp"
#include "core/kernels/single_neuron_kernels.hpp"
#include "core/parallel/aligned_buffer.hpp"

namespace pathquant {
namespace {

/// The draws of neuron j at every feature.
template <class S>
std::vector<kernels::Draw<S>> draws(const Stream& stream, Index features, Index j) {
  std::vector<kernels::Draw<S>> all(static_cast<std::size_t>(features));
  for (Index t = 0; t < features; ++t) draw(stream, t, j, 1, &all[static_cast<std::size_t>(t)]);
  return all;
}

/// One neuron's decisions by a rule that is none of levels.
template <class S>
struct OneNeuron {
  const DecisionRule<S>& rule;
  Index neuron;

  static std::int64_t decide(const void* self, Index t, S c, S* d, S* margin) {
    const auto& one = *static_cast<const OneNeuron*>(self);
    return one.rule.decide_some(t, one.neuron, 1, &c, d, margin);
  }
};

template <class S>
std::int64_t follow_by_levels(kernels::SingleNeuronProblem<S>& problem, const LevelRule<S>& levels, Index neuron) {
  problem.step = levels.steps[neuron];
  problem.range = levels.range;
  std::vector<kernels::Draw<S>> drawn;
  if (levels.draws != nullptr) drawn = draws<S>(*levels.draws, problem.features, neuron);
  problem.draws = drawn.data();
  return levels.kernel_of(kernels::active_single_neuron<S>())(problem);
}

}  // namespace

template <class S>
std::int64_t follow_single_neuron(const LayerProblem<S>& problem, const RowMatrix<S>& weights,
                                  const DecisionRule<S>& rule, const ExecutionContext& execution,
                                  RowMatrix<S>& decisions, RowMatrix<S>* state) {
  const auto [samples, width, neurons] = problem.shape();
  const std::optional<LevelRule<S>> levels = rule.levels();
  const bool started = state != nullptr && state->size() > 0;
  if (state != nullptr && !started) state->resize(samples, neurons);
  AlignedBuffer<S> u(static_cast<std::size_t>(samples));
  std::int64_t clipped = 0;
  for (Index j = 0; j < neurons; ++j) {
    execution.poll();
    for (Index i = 0; i < samples; ++i) u[static_cast<std::size_t>(i)] = started ? (*state)(i, j) : S(0);
    kernels::SingleNeuronProblem<S> one{samples,
                                        width,
                                        problem.quantized_inputs().data(),
                                        problem.squared_norms().data(),
                                        weights.data() + j,
                                        neurons,
                                        decisions.data() + j,
                                        u.data()};
    if (levels) {
      clipped += follow_by_levels(one, *levels, j);
    } else {
      const OneNeuron<S> other{rule, j};
      one.decide = &OneNeuron<S>::decide;
      one.rule = &other;
      clipped += kernels::active_single_neuron<S>().other(one);
    }
    if (state != nullptr)
      for (Index i = 0; i < samples; ++i) (*state)(i, j) = u[static_cast<std::size_t>(i)];
  }
  return clipped;
}

template std::int64_t follow_single_neuron(const LayerProblem<float>&, const RowMatrix<float>&,
                                           const DecisionRule<float>&, const ExecutionContext&, RowMatrix<float>&,
                                           RowMatrix<float>*);
template std::int64_t follow_single_neuron(const LayerProblem<double>&, const RowMatrix<double>&,
                                           const DecisionRule<double>&, const ExecutionContext&, RowMatrix<double>&,
                                           RowMatrix<double>*);

}  // namespace pathquant
