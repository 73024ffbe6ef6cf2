// The energies ||X d_j||^2 of the columns of a matrix, from the inner products of the features alone: XD is not formed.
//
//   symbol  shape   meaning
//   H       N x N   X^T X, its lower triangle (core/layer/gram_inputs.hpp)
//   D       N x P   given row by row
//
//   ||X d||^2 = d^T H d = sum_t d_t (2 sum_{k<t} H_tk d_k + H_tt d_t),
// N/2 multiply-adds an entry of D instead of m, and at least 0. Sums are in the order of the features: their bits
// depend on nothing but the numbers themselves. The rounding is that of products with an energy of
// sum_t d_t^2 H_tt, not of what is left of it: where D is the change of a quantized layer, a few digits at most.
//
// Source: derived.
#pragma once

#include <vector>

#include "core/execution.hpp"
#include "core/layer/gram_inputs.hpp"
#include "core/linalg/product.hpp"

namespace pathquant {

/// P energies. Throws Stopped when `execution` says so.
std::vector<double> gram_energies(const TriangleRows<double>& gram, Index features, Index neurons,
                                  const RowSource<double>& d, const ExecutionContext& execution);

}  // namespace pathquant
