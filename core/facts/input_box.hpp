// How far the outputs can move apart on a whole box of inputs: the smallest that has all calibration rows.
//
//   symbol       shape  meaning
//   x, z, e             one row of X, the same of Xq, and e = x - z (0 where X == Xq)
//   c, rho       N      centre and radius of the box of z: c_t - rho_t <= z_t <= c_t + rho_t, from the least and the
//                       greatest Xq_it over the samples i
//   c', rho'     N      the same of e
//   d_j          N      w_j - q_j
//
//   sup |<x, w_j> - <z, q_j>| = |<c, d_j> + <c', w_j>| + sum_t (rho_t |d_tj| + rho'_t |w_tj|)
//
// over all z and e in their boxes, for <x, w> - <z, q> = <z, d> + <e, w>, and each term is largest by itself.
//
// Source: interval arithmetic by centre and radius, as in arXiv 2304.13812 for whole networks; the form for one layer
// is derived.
#pragma once

#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"

namespace pathquant {

/// The largest of these over the neurons, rounded up: no smaller than the exact number, nor than what sums in double
/// precision make of <z, w_j - q_j> where X == Xq, or of <x, w_j> - <z, q_j>, anywhere in the boxes, as long as no
/// product underflows. 0 where W == Q and X == Xq. There must be samples.
template <class S>
double largest_box_error(const LayerProblem<S>& problem, const RowMatrix<S>& quantized,
                         const ExecutionContext& execution);

extern template double largest_box_error(const LayerProblem<float>&, const RowMatrix<float>&, const ExecutionContext&);
extern template double largest_box_error(const LayerProblem<double>&, const RowMatrix<double>&,
                                         const ExecutionContext&);

}  // namespace pathquant
