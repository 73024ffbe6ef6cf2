// The recurrence of GPFQ as the code of Lybrand & Saab has it, for replaying that code decision by decision.
//
// For t = 1..N, or for the features in permuted order, and every neuron (symbols:
// core/path_following/path_following.hpp):
//   before = <Xq_t, u>,  u <- u + w_t X_t
//   q_t    = 0                                      where ||Xq_t|| < 1e-16, also when 0 is no level
//          = decide(w_t)                            where |before| < 1e-10: the shortcut
//          = decide(<Xq_t, u>/||Xq_t||^2)           otherwise
//   u      <- u - q_t Xq_t
//
// The shortcut is the path-following argument where X == Xq, up to 1e-10/||Xq_t||^2; where they differ it drops the
// factor <Xq_t, X_t>/||Xq_t||^2, at t = 1 for one. So nothing proved of path following is promised of it.
//
// Source: the code that accompanies arXiv 2010.15979.
#pragma once

#include <span>

#include "core/decision/decision_rule.hpp"
#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"

namespace pathquant {

/// Follows the problem's weights; arguments and result as of follow_path.
template <class S>
std::int64_t follow_published_path(const LayerProblem<S>& problem, const DecisionRule<S>& rule,
                                   const ExecutionContext& execution, RowMatrix<S>& decisions, RowMatrix<S>& state,
                                   std::span<const Index> order = {});

extern template std::int64_t follow_published_path(const LayerProblem<float>&, const DecisionRule<float>&,
                                                   const ExecutionContext&, RowMatrix<float>&, RowMatrix<float>&,
                                                   std::span<const Index>);
extern template std::int64_t follow_published_path(const LayerProblem<double>&, const DecisionRule<double>&,
                                                   const ExecutionContext&, RowMatrix<double>&, RowMatrix<double>&,
                                                   std::span<const Index>);

}  // namespace pathquant
