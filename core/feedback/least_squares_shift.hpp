// From the weights to the damped least-squares solution on Xq: what W has to become so that XqW* does what XW does.
//
//   symbol  shape  meaning
//   R       N x P  Xq^T (X - Xq) W
//   W*      N x P  W + H^{-1} R: minimises ||XW - XqV||_F^2 + lambda ||V - W||_F^2, and for every V
//                  ||XW - XqV||_F^2 + lambda ||V - W||_F^2
//                    = the same at W* + ||Xq(V - W*)||_F^2 + lambda ||V - W*||_F^2
//   Uhat    m x P  XW - XqW~ for W~ = W + alpha (W* - W)
//
// Source: theory, O4; the sums are normal equations, derived.
#pragma once

#include "core/feedback/elimination.hpp"

namespace pathquant {

/// Rows of R and W~ as features are visited.
template <class S>
struct ShiftedWeights {
  RowMatrix<S> weights;     ///< W~
  RowMatrix<double> right;  ///< R
  RowMatrix<S> residual;    ///< Uhat
};

/// alpha in [0, 1]. For X != Xq.
template <class S>
ShiftedWeights<S> shift_weights(const LayerProblem<S>& problem, const Elimination<S>& elimination, double alpha,
                                const ExecutionContext& execution);

/// Multiply-adds of it, to leading order.
double shift_cost(LayerShape shape);

extern template ShiftedWeights<float> shift_weights(const LayerProblem<float>&, const Elimination<float>&, double,
                                                    const ExecutionContext&);
extern template ShiftedWeights<double> shift_weights(const LayerProblem<double>&, const Elimination<double>&, double,
                                                     const ExecutionContext&);

}  // namespace pathquant
