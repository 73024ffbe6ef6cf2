// Which cells of a sweep belong together, and what they are called.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "experiments/plan/plan.hpp"
#include "experiments/results/row.hpp"

namespace pathquant {

struct Group {
  std::vector<std::size_t> cells;  ///< by their number, in plan order
  std::string name;                ///< what tells the group from the others: "gpfq, samples 64"; empty: nothing does
};

/// The cells in groups that differ only along an axis. `places[i]` says where cell i stands on it. A column moves along
/// when the place decides its value (lists that run in step, an expression of the axis) and all its values satisfy
/// `may_move`; cells of one group agree in every other column. Groups are in plan order.
std::vector<Group> groups_along(const std::vector<PlannedCell>& cells, const std::vector<std::string>& places,
                                const std::function<bool(const Row&)>& may_move);

/// A cell's values in `columns`, those it does not have left out; a quantizer's name speaks for itself.
std::string cell_text(const Cell& cell, const std::vector<std::string>& columns);

}  // namespace pathquant
