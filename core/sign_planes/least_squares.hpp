// Scaled sign approximations of one vector: exact least squares for one and two planes, and the greedy method.
//
//   symbol   shape  meaning
//   x        n      the vector, n >= 1, finite; a_1 <= .. <= a_n its sorted magnitudes
//   h        n      weights of the squared errors of the x_i, >= 0; empty: 1 each
//   v_p      k      scales, v_1 >= 0, ..; the approximation is fold(x, v) (core/sign_planes/plane_scales.hpp)
//   S_k, B_k        sum_{i<=k} h_i a_i and sum_{i<=k} h_i
//
// ls1   v_1 = S_n/B_n, the mean magnitude: the best of all v_1 b_1
// ls2   the best of all v_1 b_1 + v_2 b_2, b any signs. Its levels are +-(v_1 - v_2), +-(v_1 + v_2), so |x_i| is
//       approximated by one of two magnitudes: 2-means of the a_i. In one dimension a cut after some k separates the
//       clusters. J(k) = sum h a^2 - S_k^2/B_k - (S_n - S_k)^2/(B_n - B_k) is the error, l = S_k/B_k the lower mean, u
//       the upper one, and v_1 = (l + u)/2, v_2 = (u - l)/2
// lst   ternary, levels 0, +-2v: the k smallest become 0, J(k) = sum h a^2 - (S_n - S_k)^2/(B_n - B_k), 2v = u;
//       returned as the two equal scales v, v
// gf    greedy: v_p = mean |r_{p-1}|, r_p = r_{p-1} - v_p sign(r_{p-1}), r_0 = x; gf with one plane is ls1
//
// The terms that J subtracts are convex in (B_k, S_k), so one pass and little sorting find the best k
// (core/sign_planes/split_search.hpp). For every x the errors satisfy ls2 <= gf(2) <= ls1 and ls2 <= lst <= ls1. Sums
// are computed in double in 16 interleaved chains, the same on every processor. A vector of zeros, or of zero weights
// only, has scales 0.
//
// Source: Pouransari, Tu & Tuzel 2020, arXiv 2001.02786. Derived: J(k) gives the optimum over all scales and signs,
// also with weights.
#pragma once

#include <span>

#include "core/sign_planes/plane_scales.hpp"

namespace pathquant {

template <class S>
PlaneScales<S> ls1(std::span<const S> x, std::span<const double> h = {});
template <class S>
PlaneScales<S> ls2(std::span<const S> x, std::span<const double> h = {});
template <class S>
PlaneScales<S> lst(std::span<const S> x, std::span<const double> h = {});
/// 1 <= planes <= most_planes.
template <class S>
PlaneScales<S> gf(std::span<const S> x, std::size_t planes, std::span<const double> h = {});

}  // namespace pathquant
