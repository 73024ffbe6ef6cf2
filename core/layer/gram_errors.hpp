// Errors of a layer from the Gram side alone (core/layer/gram_calibration.hpp; its H, E, D and Z).
//
//   symbol  shape   meaning
//   C       N x P   W - V
//   R       N x P   E W = Xq^T Z W
//   U       m x P   XW - XqV = Xq C + Z W; not formed
//
//   ||u||^2 = c^T H c + 2 c^T r + w^T D w,    1^T U = 1^T Xq C + 1^T Z W
//
// The small differences C and Z are multiplied, not cancelled, so that the rounding is that of terms of the size of the
// error itself. V = 0 gives the energies of the outputs XW.
//
// Source: derived.
#pragma once

#include <vector>

#include "core/execution.hpp"
#include "core/layer/gram_calibration.hpp"

namespace pathquant {

/// E in double precision; X != Xq.
template <class S>
RowMatrix<double> difference_products(const GramCalibration<S>& gram);

/// R in double precision, on so many threads as `execution` allows; X != Xq.
template <class S>
RowMatrix<double> drift_products(const GramCalibration<S>& gram, const RowMatrix<S>& weights,
                                 const ExecutionContext& execution);

/// ||u_j||^2 for every neuron.
template <class S>
std::vector<double> error_energies(const GramCalibration<S>& gram, const RowMatrix<S>& weights, const RowMatrix<S>& v,
                                   const ExecutionContext& execution);

/// 1^T u_j for every neuron.
template <class S>
std::vector<double> error_sums(const GramCalibration<S>& gram, const RowMatrix<S>& weights, const RowMatrix<S>& v);

extern template RowMatrix<double> difference_products(const GramCalibration<float>&);
extern template RowMatrix<double> drift_products(const GramCalibration<float>&, const RowMatrix<float>&,
                                                 const ExecutionContext&);
extern template std::vector<double> error_energies(const GramCalibration<float>&, const RowMatrix<float>&,
                                                   const RowMatrix<float>&, const ExecutionContext&);
extern template std::vector<double> error_sums(const GramCalibration<float>&, const RowMatrix<float>&,
                                               const RowMatrix<float>&);
extern template RowMatrix<double> difference_products(const GramCalibration<double>&);
extern template RowMatrix<double> drift_products(const GramCalibration<double>&, const RowMatrix<double>&,
                                                 const ExecutionContext&);
extern template std::vector<double> error_energies(const GramCalibration<double>&, const RowMatrix<double>&,
                                                   const RowMatrix<double>&, const ExecutionContext&);
extern template std::vector<double> error_sums(const GramCalibration<double>&, const RowMatrix<double>&,
                                               const RowMatrix<double>&);

}  // namespace pathquant
