// Path following at the speed of a matrix product: features in blocks, neurons in strips.
//
//   symbol  shape   meaning
//   B, R            features of a block, neurons of a strip
//   X_b     m x B   the columns of block b (Xq_b of Xq);  H_b, G_b: lower triangles of Xq_b^T Xq_b, Xq_b^T X_b
//   U       m x R   state of a strip at the start of the block
//   S_b     B x R   Xq_b^T U
//
// Inside a block the state is not needed: with k, t features of the block,
//   single  c_t = v_t + (S_t + sum_{k<t} H_tk (v_k - d_k)) / H_tt
//   pair    c_t = (S_t + sum_{k<t} (G_tk v_k - H_tk d_k) + G_tt v_t) / H_tt
// and then U <- U + Xq_b (V_b - D_b) (single) or U + X_b V_b - Xq_b D_b (pair) and S_{b+1} = Xq_{b+1}^T U are two or
// three matrix products, made panel by panel so that the rows of U are read and written once a block.
//
// Every number is one chain of fused multiply-adds, in the order of the features (U) or samples (S): its bits depend on
// the decisions alone, not on threads, strips, panels or instruction sets. In double precision the decisions are those
// of the reference recurrence (core/path_following/reference.hpp): where an argument comes nearer to a change of the
// decision than two orders of summation may differ, it is computed again as the reference recurrence does.
//
// Source: derived; S and U as a right-looking triangular solve with the Gram matrix.
#pragma once

#include <cstdint>

#include "core/decision/decision_rule.hpp"
#include "core/execution.hpp"
#include "core/layer/strip_inputs.hpp"
#include "core/parallel/team.hpp"

namespace pathquant {

/// Follows `weights` (N x P); `decisions` (N x P, may be `weights`) and `state` (m x P, out, and in unless `from_zero`)
/// must have their shapes. Every member of a team calls follow(), on counters that they share; each group of strips is
/// followed by one of them, and who has none prepares what inputs are left.
template <class S>
struct BlockedPath {
  StripInputs<S>& inputs;
  const RowMatrix<S>& weights;
  const DecisionRule<S>& rule;
  RowMatrix<S>& decisions;
  RowMatrix<S>* state;  ///< null: not wanted
  bool from_zero = false;
  std::atomic<Index>& next;            ///< group to be taken; 0 at first
  std::atomic<std::int64_t>& clipped;  ///< decisions that were clipped

  void follow(const ExecutionContext& execution, Team& team) const;
};

extern template struct BlockedPath<float>;
extern template struct BlockedPath<double>;

}  // namespace pathquant
