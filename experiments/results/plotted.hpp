// The columns that a config's `plot:` block names, as the results call them.
#pragma once

#include <string>
#include <vector>

#include "experiments/config/node.hpp"

namespace pathquant {

/// Under `key` (x, y) of the block and of those of its panels that have their own: a name or a list of names, dots
/// replaced by underscores; empty where there is none.
std::vector<std::string> plotted_columns(const Node& plot, const std::string& key);

}  // namespace pathquant
