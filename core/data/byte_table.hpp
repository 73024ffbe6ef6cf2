// Pixels as the files hold them: one byte each, which keeps MNIST at 47 MB where doubles would take 376.
#pragma once

#include "core/data/bytes.hpp"
#include "core/types.hpp"

namespace pathquant {

/// rows x columns bytes, row-major: one sample after another.
struct ByteTable {
  Index rows = 0;
  Index columns = 0;
  Bytes values = {};

  std::uint8_t operator()(Index row, Index column) const {
    return values[static_cast<std::size_t>(row * columns + column)];
  }
};

}  // namespace pathquant
