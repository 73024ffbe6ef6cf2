// The precision of a layer, and the key `precision` of a cell.
#pragma once

#include "experiments/config/node.hpp"

namespace pathquant {

enum class Precision { float32, float64 };

/// "float32" or "float64".
const char* to_text(Precision precision);

/// What the cell's `tree` says; float64 where it says nothing, or what is reported of.
Precision read_precision(const Node& tree, Diagnostics& diagnostics);

}  // namespace pathquant
