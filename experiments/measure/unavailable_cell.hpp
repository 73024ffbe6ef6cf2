// A cell that names something of a plugin that is refused: all that is known of it is what is written.
#pragma once

#include <memory>
#include <string>

#include "experiments/task/experiment.hpp"

namespace pathquant {

/// Why the cell cannot be prepared: the refused plugin that would have brought what one of its sections names. Empty
/// where there is no such plugin.
std::string why_unavailable(const Node& tree);

/// Each of its tasks fails with the reason.
std::shared_ptr<const Cell> make_unavailable_cell(const CellRequest& request, const std::string& reason);

}  // namespace pathquant
