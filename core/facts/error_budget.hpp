// Where the error of one layer comes from: alignment, rounding and clipping.
//
//   symbol     shape   meaning
//   u_t                state of path following, sum_{s<=t} (w_s X_s - q_s Xq_s)
//   P_t                I - Xq_t Xq_t^T / ||Xq_t||^2
//   c_tj               argument of step t: what would leave no error along Xq_t, <Xq_t, u_{t-1} + w_t X_t> / ||Xq_t||^2
//   C(c)               c moved between the last thresholds of the alphabet, beyond which a decision clips: C(c) = c
//                      where nothing clips
//   V          m x N   columns v_t = P_N ... P_{t+1} Xq_t
//
// Whatever Q is and however it was found, U = Uhat + V (c - q) with Uhat the residual of one alignment pass (F1). Cut
// at C(c):
//   U = Uhat + V (C(c) - q) + V (c - C(c)),
// the shares of alignment (0 where X == Xq), rounding, and clipping (0 where nothing clips). With an alignment of
// several passes the later ones count as rounding here.
//
// Not to be read off: the shares are no causes of one another. A clipped decision changes the arguments, and so the
// rounding, of all later steps; cross terms say how far the shares add up.
//
// Source: theory, F1.
#pragma once

#include "core/alphabet/alphabet.hpp"
#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {

/// Squared Frobenius norms and twice the inner products: ||U||_F^2 is the sum of all six, to rounding.
struct ErrorBudget {
  double alignment = 0;
  double rounding = 0;
  double clipping = 0;
  double alignment_rounding = 0;
  double alignment_clipping = 0;
  double rounding_clipping = 0;

  double total() const {
    return alignment + rounding + clipping + alignment_rounding + alignment_clipping + rounding_clipping;
  }
};

/// Columns are followed in the order of `problem`.
/// In double precision on the values as they are; `quantized` is Q (N x P). `traits` give the rounding and its
/// threshold. 9 m N P multiply-adds. Throws Stopped when `execution` says so.
template <class S>
ErrorBudget error_budget(const LayerProblem<S>& problem, const RowMatrix<S>& quantized, const Alphabet& alphabet,
                         const QuantizerTraits& traits, const ExecutionContext& execution);

/// Multiply-adds of it.
inline double error_budget_cost(LayerShape shape) {
  return 9.0 * static_cast<double>(shape.samples) * static_cast<double>(shape.width) *
         static_cast<double>(shape.neurons);
}

/// The same with columns followed in the quantizer's order, traits.order.
template <class S>
ErrorBudget error_budget_of_path(const LayerProblem<S>& problem, const RowMatrix<S>& quantized,
                                 const Alphabet& alphabet, const QuantizerTraits& traits,
                                 const ExecutionContext& execution);

}  // namespace pathquant
