// Shape check that all weight distributions share.
#pragma once

#include <fmt/format.h>

#include <stdexcept>

#include "core/types.hpp"

namespace pathquant {

/// Throws std::invalid_argument unless width >= 1 and neurons >= 1.
inline void check_weight_shape(Index width, Index neurons) {
  if (width < 1) throw std::invalid_argument(fmt::format("width must be at least 1, not {}", width));
  if (neurons < 1) throw std::invalid_argument(fmt::format("neurons must be at least 1, not {}", neurons));
}

}  // namespace pathquant
