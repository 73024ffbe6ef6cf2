// The key `precision` of a cell.
#pragma once

#include <string>

#include "experiments/config/node.hpp"

namespace pathquant {

/// float32 or float64 (the default), as the cell's `tree` says; anything else is complained of.
std::string precision_text(const Node& tree, Complaints& complaints);

}  // namespace pathquant
