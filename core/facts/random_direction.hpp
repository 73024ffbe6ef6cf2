// The direction that errors are looked at from: one for each X that is drawn (trials of one X from a file share it, so
// they differ only where W or the decisions do), the same for all quantizers, and independent of whatever they draw.
#pragma once

#include <cmath>
#include <string>

#include "core/random/stream.hpp"
#include "core/types.hpp"

namespace pathquant {

/// A uniform unit vector of R^m, m >= 1, from the stream of this key (LayerKey::direction).
inline Vector random_direction(const std::string& key, Index samples) {
  Vector direction(samples);
  Stream(key).normals(0, 0, samples, direction.data());
  double square = 0;
  for (const double entry : direction) square = std::fma(entry, entry, square);
  return direction / std::sqrt(square);
}

}  // namespace pathquant
