// Data alignment without a remainder: the shortest W~ that does on Xq what W does on X.
//
//   symbol  shape  meaning
//   X, Xq   m x N  inputs of the float and of the quantized network
//   W, W~   N x P  weights and aligned weights
//   Uhat    m x P  XW - XqW~, what is left
//
//   W~ = Xq^+ XW: the W~ of least l2 norm among those that minimise ||XW - XqW~||_F. Uhat = 0 where XW lies in the
//   range of Xq (rank Xq = m suffices, so m <= N); otherwise Xq^T Uhat = 0 and Uhat is the part of XW outside that
//   range.
//
// A complete orthogonal decomposition of Xq in double precision, whatever the problem's, with the usual tolerance for
// its rank (the machine's epsilon times min(m, N)). One neuron after the other: only vector operations of Eigen, whose
// order of summation does not depend on the processor's caches, as that of its products does.
//
// Where X and Xq are not held, W~ = H^+ (H + E) W from the normal equations (core/linalg/least_norm.hpp), with H and E of
// core/layer/gram_calibration.hpp. That squares the condition of Xq: a column that adds less than about 1e-8 of its norm
// to the range counts as dependent, and digits are lost accordingly.
//
// Source: Zhang & Saab 2023, arXiv 2309.10975 (there the W~ of least largest entry; its bounds need XqW~ = XW only).
#pragma once

#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"

namespace pathquant {

/// W~, rounded to the problem's precision; `residual` becomes Uhat of the rounded W~.
template <class S>
RowMatrix<S> perfect_alignment(const LayerProblem<S>& problem, const ExecutionContext& execution,
                               RowMatrix<S>& residual);

/// The same from the Gram side alone.
template <class S>
RowMatrix<S> perfect_alignment(const GramCalibration<S>& gram, const RowMatrix<S>& weights,
                               const ExecutionContext& execution);

/// Multiply-adds of it, to leading order.
double perfect_alignment_cost(LayerShape shape);

extern template RowMatrix<float> perfect_alignment(const LayerProblem<float>&, const ExecutionContext&,
                                                   RowMatrix<float>&);
extern template RowMatrix<double> perfect_alignment(const LayerProblem<double>&, const ExecutionContext&,
                                                    RowMatrix<double>&);
extern template RowMatrix<float> perfect_alignment(const GramCalibration<float>&, const RowMatrix<float>&,
                                                   const ExecutionContext&);
extern template RowMatrix<double> perfect_alignment(const GramCalibration<double>&, const RowMatrix<double>&,
                                                    const ExecutionContext&);

}  // namespace pathquant
