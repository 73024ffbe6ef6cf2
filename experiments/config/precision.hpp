// Floating-point precision of a layer: the key `precision` of a cell.
#pragma once

#include "experiments/config/node.hpp"

namespace pathquant {

enum class Precision { float32, float64 };

/// Unit roundoff of the arithmetic: 2^-24 or 2^-53.
inline double unit_roundoff(Precision precision) {
  return precision == Precision::float32 ? 0x1p-24 : 0x1p-53;
}

/// "float32" or "float64".
const char* to_text(Precision precision);

/// Reads the precision of a cell's `tree`; float64 by default and after an error that is added to `diagnostics`.
Precision read_precision(const Node& tree, Diagnostics& diagnostics);

}  // namespace pathquant
