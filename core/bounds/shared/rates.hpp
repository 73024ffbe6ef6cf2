// What the rates share: orders of magnitude from theorems whose constants are not known.
//
// A rate gives the shape of ||U||_F^2, a number per layer that is meant up to one factor common to all layers of a
// sweep. Ratios of shapes are slopes; a shape by itself is no value, and nothing is judged by it.
#pragma once

#include <cmath>

#include "core/bounds/shared/bound.hpp"
#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {

/// log N is the order of a growth from N = 2 on.
inline Failure grows_with_features(const LayerFacts& facts) {
  if (facts.shape.width >= 2) return {};
  return NotApplicable{"log N says nothing about a width below 2"};
}

inline double log_width(const LayerFacts& facts) {
  return std::log(static_cast<double>(facts.shape.width));
}

namespace wording {

inline constexpr const char* slope_only =
    "A rate with an unknown constant: it is drawn as a slope through the measured data, is no row of the bounds, and "
    "nothing is judged by it; its logarithms come from the proof and need not be seen in the data.";

}  // namespace wording
}  // namespace pathquant
