// The path-following recurrence: one forward Gauss-Seidel sweep over the input features, with a decision at each.
//
//   symbol  shape   meaning
//   X, Xq   m x N   inputs of the float and of the partly quantized network
//   V       N x P   the weights that are followed (W, or the aligned W~)
//   D       N x P   the decisions (Q, or W~ when nothing is rounded)
//   U       m x P   state; on return U = U_start + XV - XqD
//
// For t = 1..N, or for the features in permuted order, and every neuron:
//   u   <- u + v_t X_t
//   c_t  = <Xq_t, u> / ||Xq_t||^2     (0 where Xq_t is dead: then the decision is that of 0)
//   d_t  = decide(c_t)
//   u   <- u - d_t Xq_t
// Where X == Xq this is c_t = v_t + <X_t, u> / ||X_t||^2, u <- u + (v_t - d_t) X_t: two column operations instead of
// three, and a weight halfway between two levels meets the tie rule exactly when u = 0.
//
// core/path_following/reference.hpp is this to the letter; core/path_following/variant.hpp chooses among faster forms
// of it, whose decisions are the same in double precision, and in single precision but for arguments that lie within
// their rounding of a change.
//
// Source: GPFQ, arXiv 2010.15979; with stochastic decisions SPFQ, arXiv 2309.10975; without rounding the alignment of
// the latter.
#pragma once

#include <span>
#include <type_traits>

#include "core/decision/decision_rule.hpp"
#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"
#include "core/path_following/variant.hpp"

namespace pathquant {

struct FollowedPath {
  std::int64_t clipped = 0;  ///< decisions beyond the last threshold
  PathVariant variant = PathVariant::blocked;
};

/// Follows `weights` (N x P) on the pair (X, Xq) of `problem`. `decisions` (N x P) must have its shape, and may be
/// `weights` itself. `state`: null where U is not wanted and starts from 0; empty where it starts from 0; otherwise m x
/// P, in and out. `order` lists the features as they are visited, each once; empty: 1..N. Uses the threads that
/// `execution` allows. Where X and Xq are not held the Gram form is followed in any order, and no state is wanted: throws
/// std::logic_error otherwise.
template <class S>
FollowedPath follow_path(const LayerProblem<S>& problem, const RowMatrix<S>& weights, const DecisionRule<S>& rule,
                         const ExecutionContext& execution, RowMatrix<S>& decisions,
                         std::type_identity_t<RowMatrix<S>>* state, std::span<const Index> order = {});

/// The same with Xq on both sides: u <- u + (v_t - d_t) Xq_t.
template <class S>
FollowedPath follow_quantized_path(const LayerProblem<S>& problem, const RowMatrix<S>& weights,
                                   const DecisionRule<S>& rule, const ExecutionContext& execution,
                                   RowMatrix<S>& decisions, std::type_identity_t<RowMatrix<S>>* state,
                                   std::span<const Index> order = {});

}  // namespace pathquant
