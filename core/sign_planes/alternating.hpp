// Scaled signs of more than two planes by alternating minimisation of the squared error.
//
//   symbol  shape  meaning
//   x, h    n      the vector and how much each squared error counts (core/sign_planes/least_squares.hpp)
//   v       k      scales; b_i the signs of x_i, one of the 2^k codes
//   G, g           sum_i h_i b_i b_i^T (k x k) and sum_i h_i x_i b_i (k)
//
// For fixed v every x_i takes its nearest level; for fixed signs v solves G v = g. Neither step raises the error
// sum h x^2 - 2 g^T v + v^T G v, and there are finitely many assignments, so it ends. Nearest levels are intervals of
// the sorted magnitudes, so one sort and prefix sums serve every round: O(n log n + 2^k (log n + k^2) rounds). It is
// the optimum for k = 1 and in general a local one; it starts from the greedy scales gf and is never worse than gf.
//
// Source: derived; alternating least squares for sums of binary codes is a standard method, cf. Pouransari, Tu & Tuzel
// 2020, arXiv 2001.02786, who give the greedy start.
#pragma once

#include "core/sign_planes/plane_scales.hpp"

namespace pathquant {

/// More planes would make 2^k levels cost more than the weights.
inline constexpr std::size_t most_alternating_planes = 8;

/// Scales v_1 >= .. >= v_k >= 0 to be used with round_to_planes. 1 <= planes <= most_alternating_planes.
template <class S>
PlaneScales<S> alternating(std::span<const S> x, std::size_t planes, std::span<const double> h = {});

}  // namespace pathquant
