// Path following in Gram form: no state, only inner products. For many samples and neurons, where Q alone is wanted.
//
//   symbol  shape   meaning
//   B, R            features of a block, neurons of a strip
//   E_b     N x R   V - D of the blocks before block b
//   F       N x P   rows t: sum_{k<=t} E_tk v_k (X != Xq; core/layer/gram_inputs.hpp)
//
//   S_b = F_b + H_{b,<b} (V - D)_{<b},   then the decisions of block b as in core/path_following/block_solver.hpp,
// which costs N/2 multiply-adds a decision instead of 2m. In double precision the decisions are those of the reference
// recurrence as long as X is at hand: an argument too near to a change of its decision is computed again by following
// that neuron from the start. Where X is not held, such an argument is decided as it is: a tie that the plain recurrence
// meets exactly may then fall to the other side.
//
// Source: derived; "Gram form" of the recurrence, as in the code of Brevitas, without the cancellation of G w - H q.
#pragma once

#include <span>

#include "core/decision/decision_rule.hpp"
#include "core/execution.hpp"
#include "core/layer/gram_inputs.hpp"
#include "core/layer/layer_problem.hpp"

namespace pathquant {

/// Follows `weights` (N x P) into `decisions` (N x P, not `weights`), as core/path_following/blocked.hpp does: every
/// member of a team calls follow(), on counters that they share. `inputs` must be finished.
template <class S>
struct GramPath {
  const GramInputs<S>& inputs;
  const RowMatrix<S>& weights;
  const DecisionRule<S>& rule;
  RowMatrix<S>& decisions;
  const LayerProblem<S>* problem = nullptr;  ///< X and Xq, where they are held
  std::atomic<Index>& next;                  ///< group to be taken; 0 at first
  std::atomic<std::int64_t>& clipped;        ///< decisions that were clipped
  PathKind kind = PathKind::mismatched;      ///< matched: E is left out where X != Xq, and Xq alone is followed
  std::span<const Index> order = {};         ///< feature of each visit, as `inputs` has them; empty: 1..N

  void follow(const ExecutionContext& execution, Team& team) const;
};

extern template struct GramPath<float>;
extern template struct GramPath<double>;

}  // namespace pathquant
