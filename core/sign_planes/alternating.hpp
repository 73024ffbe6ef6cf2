// Alternating minimisation: sign planes and scales of a vector by alternating least squares, for any number of planes.
//
//   symbol  shape  meaning
//   x, h    n      the vector and the weights of its squared errors (core/sign_planes/least_squares.hpp)
//   v       k      scales; b_i the signs of x_i, one of the 2^k codes
//   G, g           sum_i h_i b_i b_i^T (k x k) and sum_i h_i x_i b_i (k)
//
// For fixed v every x_i takes its nearest level. For fixed signs v solves G v = g. Neither step increases the error
// sum h x^2 - 2 g^T v + v^T G v, and there are finitely many assignments, so the iteration ends. Numbers with the same
// nearest level form an interval of the sorted magnitudes, so one sort and prefix sums serve every round:
// O(n log n + 2^k (log n + k^2) rounds). The result is optimal for k = 1 and a local optimum in general. The iteration
// starts from the greedy scales gf and is never worse than gf.
//
// Source: derived; alternating least squares for sums of binary codes is a standard method, cf. Pouransari, Tu & Tuzel
// 2020, arXiv 2001.02786, who give the greedy start.
#pragma once

#include "core/sign_planes/plane_scales.hpp"

namespace pathquant {

/// Upper limit of planes: with more, the 2^k levels would cost more than the weights.
inline constexpr std::size_t most_alternating_planes = 8;

/// Scales v_1 >= .. >= v_k >= 0, for use with round_to_planes. 1 <= planes <= most_alternating_planes.
template <class S>
PlaneScales<S> alternating(std::span<const S> x, std::size_t planes, std::span<const double> h = {});

}  // namespace pathquant
