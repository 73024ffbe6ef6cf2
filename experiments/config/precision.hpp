// The precision of a layer, and the key `precision` of a cell.
#pragma once

#include "experiments/config/node.hpp"

namespace pathquant {

enum class Precision { float32, float64 };

/// Relative rounding error of the arithmetic: 2^-24 or 2^-53.
inline double unit_roundoff(Precision precision) {
  return precision == Precision::float32 ? 0x1p-24 : 0x1p-53;
}

/// "float32" or "float64".
const char* to_text(Precision precision);

/// What the cell's `tree` says; float64 where it says nothing, or what is reported of.
Precision read_precision(const Node& tree, Diagnostics& diagnostics);

}  // namespace pathquant
