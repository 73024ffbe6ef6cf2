// Levels of scaled sign planes: all numbers v_1 b_1 + .. + v_k b_k, and rounding to the nearest of them.
//
//   symbol  meaning
//   v, k    scales and their number (core/sign_planes/plane_scales.hpp)
//   code    k bits, plane 1 the highest; a set bit is b_p = +1
//   L_c     the different levels in ascending order; L_c = -L_{last - c}, by flipping all signs
#pragma once

#include <cstdint>
#include <vector>

#include "core/sign_planes/plane_scales.hpp"

namespace pathquant {

template <class S>
struct PlaneLevel {
  S value;             ///< v_1 b_1 + .. + v_k b_k, summed in this order in S
  std::uint32_t code;  ///< of several codes of one level the greatest
};

/// All levels, ascending, each once: at most 2^k.
template <class S>
std::vector<PlaneLevel<S>> plane_levels(const PlaneScales<S>& scales);

/// Rounds x_i to the nearest level q_i. A tie goes to the level farther from 0, and x_i = 0 to the one >= 0. `q` may be
/// `x`.
template <class S>
void round_to_planes(std::span<const S> x, const PlaneScales<S>& scales, S* q);

}  // namespace pathquant
