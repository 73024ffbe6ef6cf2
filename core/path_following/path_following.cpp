#include "core/path_following/path_following.hpp"

#include <stdexcept>

#include "core/layer/gram_calibration.hpp"
#include "core/path_following/blocked.hpp"
#include "core/path_following/gram.hpp"
#include "core/path_following/single_neuron.hpp"

namespace pathquant {
namespace {

bool is_natural(std::span<const Index> order) {
  for (std::size_t visit = 0; visit < order.size(); ++visit)
    if (order[visit] != static_cast<Index>(visit)) return false;
  return true;
}

template <class S>
std::int64_t by_strips(const LayerProblem<S>& problem, PathKind kind, const RowMatrix<S>& weights,
                       const DecisionRule<S>& rule, const ExecutionContext& execution, RowMatrix<S>& decisions,
                       std::type_identity_t<RowMatrix<S>>* state, std::span<const Index> order) {
  const bool from_zero = state == nullptr || state->size() == 0;
  if (state != nullptr && from_zero) state->resize(problem.shape().samples, problem.shape().neurons);
  std::atomic<std::int64_t> clipped = 0;
  std::optional<StripInputs<S>> reordered;
  if (!order.empty()) reordered.emplace(problem.pair(), kind, order);
  std::atomic<Index> next = 0;
  run_team(execution.threads(), [&](Team& team) {
    StripInputs<S>& inputs = reordered ? *reordered : problem.pair().strips(kind);
    BlockedPath<S>{inputs, weights, rule, decisions, state, from_zero, next, clipped}.follow(execution, team);
  });
  return clipped;
}

template <class S>
std::int64_t by_gram(const LayerProblem<S>& problem, const RowMatrix<S>& weights, const DecisionRule<S>& rule,
                     const ExecutionContext& execution, RowMatrix<S>& decisions) {
  std::atomic<std::int64_t> clipped = 0;
  std::atomic<Index> next = 0;
  run_team(execution.threads(), [&](Team& team) {
    const GramInputs<S>& inputs = problem.pair().gram();
    GramPath<S>{inputs, weights, rule, decisions, &problem, next, clipped}.follow(execution, team);
  });
  return clipped;
}

// Of a layer whose samples are not held.
template <class S>
std::int64_t by_gram_side(const LayerProblem<S>& problem, PathKind kind, const RowMatrix<S>& weights,
                          const DecisionRule<S>& rule, const ExecutionContext& execution, RowMatrix<S>& decisions,
                          std::span<const Index> order) {
  std::optional<RowMatrix<S>> copy;
  if (&weights == &decisions) copy = weights;
  const GramInputs<S>& natural = problem.gram_side()->products();
  std::optional<GramInputs<S>> reordered;
  if (!order.empty()) reordered.emplace(natural, order);
  std::atomic<std::int64_t> clipped = 0;
  std::atomic<Index> next = 0;
  const GramPath<S> path{.inputs = reordered ? *reordered : natural,
                         .weights = copy ? *copy : weights,
                         .rule = rule,
                         .decisions = decisions,
                         .next = next,
                         .clipped = clipped,
                         .kind = kind,
                         .order = order};
  run_team(execution.threads(), [&](Team& team) { path.follow(execution, team); });
  return clipped;
}

template <class S>
FollowedPath follow(const LayerProblem<S>& problem, PathKind kind, const RowMatrix<S>& weights,
                    const DecisionRule<S>& rule, const ExecutionContext& execution, RowMatrix<S>& decisions,
                    std::type_identity_t<RowMatrix<S>>* state, std::span<const Index> order) {
  if (is_natural(order)) order = {};
  if (!problem.holds_inputs()) {
    if (state != nullptr) throw std::logic_error("the state of path following is formed from X and Xq, held both");
    return {by_gram_side(problem, kind, weights, rule, execution, decisions, order), PathVariant::gram};
  }
  // The Gram form of a pair is that of (X, Xq), so one that follows Xq alone on such a problem is left to the strips;
  // it reads what came before from the weights and the decisions.
  const bool state_wanted = state != nullptr ||
                            kind != (problem.has_mismatch() ? PathKind::mismatched : PathKind::matched) ||
                            &weights == &decisions;
  FollowedPath followed;
  followed.variant = choose_path(problem.shape(), kind == PathKind::mismatched,
                                 {.state = state_wanted, .natural_order = order.empty()});
  switch (followed.variant) {
    case PathVariant::single_neuron:
      followed.clipped = follow_single_neuron(problem, weights, rule, execution, decisions, state);
      break;
    case PathVariant::blocked:
      followed.clipped = by_strips(problem, kind, weights, rule, execution, decisions, state, order);
      break;
    case PathVariant::gram:
      followed.clipped = by_gram(problem, weights, rule, execution, decisions);
      break;
  }
  return followed;
}

}  // namespace

template <class S>
FollowedPath follow_path(const LayerProblem<S>& problem, const RowMatrix<S>& weights, const DecisionRule<S>& rule,
                         const ExecutionContext& execution, RowMatrix<S>& decisions,
                         std::type_identity_t<RowMatrix<S>>* state, std::span<const Index> order) {
  const PathKind kind = problem.has_mismatch() ? PathKind::mismatched : PathKind::matched;
  return follow(problem, kind, weights, rule, execution, decisions, state, order);
}

template <class S>
FollowedPath follow_quantized_path(const LayerProblem<S>& problem, const RowMatrix<S>& weights,
                                   const DecisionRule<S>& rule, const ExecutionContext& execution,
                                   RowMatrix<S>& decisions, std::type_identity_t<RowMatrix<S>>* state,
                                   std::span<const Index> order) {
  return follow(problem, PathKind::matched, weights, rule, execution, decisions, state, order);
}

template FollowedPath follow_path(const LayerProblem<float>&, const RowMatrix<float>&, const DecisionRule<float>&,
                                  const ExecutionContext&, RowMatrix<float>&, RowMatrix<float>*,
                                  std::span<const Index>);
template FollowedPath follow_path(const LayerProblem<double>&, const RowMatrix<double>&, const DecisionRule<double>&,
                                  const ExecutionContext&, RowMatrix<double>&, RowMatrix<double>*,
                                  std::span<const Index>);
template FollowedPath follow_quantized_path(const LayerProblem<float>&, const RowMatrix<float>&,
                                            const DecisionRule<float>&, const ExecutionContext&, RowMatrix<float>&,
                                            RowMatrix<float>*, std::span<const Index>);
template FollowedPath follow_quantized_path(const LayerProblem<double>&, const RowMatrix<double>&,
                                            const DecisionRule<double>&, const ExecutionContext&, RowMatrix<double>&,
                                            RowMatrix<double>*, std::span<const Index>);

}  // namespace pathquant
