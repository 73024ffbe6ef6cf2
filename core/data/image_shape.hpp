// The shape of an image whose pixels stand in one row, in the order (channel, y, x).
#pragma once

#include "core/types.hpp"

namespace pathquant {

struct ImageShape {
  Index channels = 1;
  Index height = 1;
  Index width = 1;
  Index pixels() const { return channels * height * width; }
};

}  // namespace pathquant
