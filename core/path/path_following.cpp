#include "core/path/path_following.hpp"

#include "core/path/strips.hpp"

namespace pathquant {
namespace {

template <class S>
std::int64_t follow(const LayerProblem<S>& problem, PathKind kind, const RowMatrix<S>& weights,
                    const DecisionRule<S>& rule, const Interrupt& interrupt, RowMatrix<S>& decisions,
                    RowMatrix<S>& state, std::span<const Index> order) {
  StripInputs<S> inputs(problem, kind, order);
  const bool from_zero = state.size() == 0;
  if (from_zero) state.resize(problem.shape().samples, problem.shape().neurons);
  StripPath<S> path{inputs, weights, rule, decisions, state, from_zero};
  run_team(interrupt.threads(), [&](Team& team) {
    inputs.prepare(problem);
    path.follow(interrupt, team);
  });
  return path.clipped;
}

}  // namespace

template <class S>
std::int64_t follow_path(const LayerProblem<S>& problem, const RowMatrix<S>& weights, const DecisionRule<S>& rule,
                         const Interrupt& interrupt, RowMatrix<S>& decisions, RowMatrix<S>& state,
                         std::span<const Index> order) {
  const PathKind kind = problem.has_mismatch() ? PathKind::pair : PathKind::single;
  return follow(problem, kind, weights, rule, interrupt, decisions, state, order);
}

template <class S>
std::int64_t follow_quantized_path(const LayerProblem<S>& problem, const RowMatrix<S>& weights,
                                   const DecisionRule<S>& rule, const Interrupt& interrupt, RowMatrix<S>& decisions,
                                   RowMatrix<S>& state, std::span<const Index> order) {
  return follow(problem, PathKind::single, weights, rule, interrupt, decisions, state, order);
}

template std::int64_t follow_path(const LayerProblem<float>&, const RowMatrix<float>&, const DecisionRule<float>&,
                                  const Interrupt&, RowMatrix<float>&, RowMatrix<float>&, std::span<const Index>);
template std::int64_t follow_path(const LayerProblem<double>&, const RowMatrix<double>&, const DecisionRule<double>&,
                                  const Interrupt&, RowMatrix<double>&, RowMatrix<double>&, std::span<const Index>);
template std::int64_t follow_quantized_path(const LayerProblem<float>&, const RowMatrix<float>&,
                                            const DecisionRule<float>&, const Interrupt&, RowMatrix<float>&,
                                            RowMatrix<float>&, std::span<const Index>);
template std::int64_t follow_quantized_path(const LayerProblem<double>&, const RowMatrix<double>&,
                                            const DecisionRule<double>&, const Interrupt&, RowMatrix<double>&,
                                            RowMatrix<double>&, std::span<const Index>);

}  // namespace pathquant
