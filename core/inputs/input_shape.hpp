// Shape check that all input distributions share.
#pragma once

#include <fmt/format.h>

#include <stdexcept>

#include "core/types.hpp"

namespace pathquant {

/// Throws std::invalid_argument unless samples >= 1 and width >= 1.
inline void check_input_shape(Index samples, Index width) {
  if (samples < 1) throw std::invalid_argument(fmt::format("samples must be at least 1, not {}", samples));
  if (width < 1) throw std::invalid_argument(fmt::format("width must be at least 1, not {}", width));
}

}  // namespace pathquant
