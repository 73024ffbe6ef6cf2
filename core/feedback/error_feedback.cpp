#include "core/feedback/error_feedback.hpp"

#include <algorithm>
#include <array>
#include <atomic>

namespace pathquant {
namespace {

// Of an expression, which is not to become a row of its own first.
double energy(const auto& row) {
  return row.template cast<double>().squaredNorm();
}

}  // namespace

template <class S>
QuantizedLayer<S> feed_back(const LayerProblem<S>& problem, const Elimination<S>& elimination,
                            const RowMatrix<S>& weights, const RowMatrix<S>* first, const DecisionRule<S>& rule,
                            const ExecutionContext& execution) {
  const Index features = problem.shape().width;
  const Index neurons = problem.shape().neurons;
  QuantizedLayer<S> result;
  result.weights.resize(features, neurons);
  RowMatrix<S> change(features, neurons);
  std::atomic<std::int64_t> clipped = 0;
  const LowerRows<S> feedback = elimination.feedback();
  const std::array<SweepTerm<S>, 1> terms = {{{&feedback, &change}}};
  const std::vector<S> zeros(static_cast<std::size_t>(neurons), S(0));
  causal_sweep<S>(
      weights, terms,
      [&](Index t, Index start, Index count, const S* c) {
        if (t == 0 && first != nullptr) c = first->data() + start;
        if (elimination.dead(t)) c = zeros.data();
        const Index feature = elimination.order()[static_cast<std::size_t>(t)];
        S* const q = result.weights.row(feature).data() + start;
        clipped += rule.decide_some(feature, start, count, c, q, nullptr);
        const S* w = weights.row(t).data() + start;
        std::transform(w, w + count, q, change.row(t).data() + start, [](S a, S b) { return a - b; });
      },
      execution);
  result.clipped = clipped;

  EliminationFacts facts = elimination.facts();
  for (Index t = 0; t < features; ++t) {
    if (elimination.dead(t)) continue;
    const Index feature = elimination.order()[static_cast<std::size_t>(t)];
    const double deviation = energy(change.row(t));
    facts.deviation_energy += deviation;
    if (t == 0) facts.first_misses = deviation;
    if (t == 0 && first != nullptr) facts.first_shift = energy(weights.row(t) - *first);
    if (!problem.has_mismatch()) continue;
    facts.shift_energy += energy(weights.row(t) - problem.weights().row(feature));
    facts.weight_error += energy(problem.weights().row(feature) - result.weights.row(feature));
  }
  if (!problem.has_mismatch()) facts.weight_error = facts.deviation_energy;
  result.elimination = facts;
  result.factor = elimination.factor();
  return result;
}

template QuantizedLayer<float> feed_back(const LayerProblem<float>&, const Elimination<float>&, const RowMatrix<float>&,
                                         const RowMatrix<float>*, const DecisionRule<float>&, const ExecutionContext&);
template QuantizedLayer<double> feed_back(const LayerProblem<double>&, const Elimination<double>&,
                                          const RowMatrix<double>&, const RowMatrix<double>*,
                                          const DecisionRule<double>&, const ExecutionContext&);

}  // namespace pathquant
