// From one neuron to the layer, and from X == Xq to X != Xq: the sums that lines on ||U||_F^2 share.
//
//   symbol    meaning
//   delta_j   step of neuron j
//   U~        U - Uhat, what rounding adds to the residual Uhat of the alignment
#pragma once

#include <cmath>

#include "core/bounds/shared/bound.hpp"

namespace pathquant {

/// sum_j delta_j^2: the lift of a mean that is delta_j^2 times a number common to all neurons. Bounds that are a square
/// of the largest rounding error have theirs in core/bounds/shared/rounding_error.hpp.
inline double squared_steps(const Alphabet& alphabet) {
  return alphabet.steps.squaredNorm();
}

/// ||U||_F^2 <= (||Uhat||_F + ||U~||_F)^2, from a bound on ||U~||_F^2 (Uhat = 0 where X == Xq).
inline double with_alignment(double energy, const LayerFacts& facts) {
  const double root = std::sqrt(energy) + std::sqrt(facts.statistics.alignment_energy);
  return root * root;
}

}  // namespace pathquant
