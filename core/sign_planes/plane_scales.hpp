// Scales of sign planes: approximation of numbers by sums of scaled signs, x ~ v_1 b_1 + .. + v_k b_k, b_p in {-1, +1}.
//
//   symbol  shape  meaning
//   x       n      a vector of weights: a neuron, a layer or a group
//   k              planes, one sign a number each; 1 <= k <= most_planes
//   v       k      scales, shared by the vector
//
// Folding chooses the signs from the first to the last: b_p = sign(x - v_1 b_1 - .. - v_{p-1} b_{p-1}), sign(0) = +1.
// It gives the nearest level if v_1 >= .. >= v_k >= 0 and each v_p is at least the sum of those after it.
//
// Source: Pouransari, Tu & Tuzel 2020, arXiv 2001.02786.
#pragma once

#include <boost/container/static_vector.hpp>
#include <span>

#include "core/types.hpp"

namespace pathquant {

inline constexpr std::size_t most_planes = 16;

/// Scales v_1 .. v_k in the precision of the weights.
template <class S>
using PlaneScales = boost::container::static_vector<S, most_planes>;

/// Folds x: q_i = v_1 b_1 + .. + v_k b_k, summed in this order in S. `q` may be `x`.
template <class S>
void fold(std::span<const S> x, const PlaneScales<S>& scales, S* q);

}  // namespace pathquant
