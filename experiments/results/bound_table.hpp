// From what the bounds say in the trials of one layer of a cell to the rows of the tables `bounds` and `rates`.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "experiments/results/measured_cell.hpp"
#include "experiments/results/row.hpp"

namespace pathquant {

/// The measured layer of one ok trial: an item of the content's list.
struct LayerTrial {
  std::int64_t trial = 0;
  nlohmann::json content;
};

/// What one bound says in the trials of a layer.
struct BoundOutcomes {
  std::vector<std::pair<const LayerTrial*, BoundRow>> applying;
  std::vector<BoundRow> refused;

  BoundKind kind() const { return (applying.empty() ? refused.front() : applying.front().second).kind; }
};

/// Adds the rows of all bounds to the tables, and what applies to the layer to `measured`.
void add_bound_rows(const std::map<std::string, BoundOutcomes>& bounds, MeasuredCell& measured, std::vector<Row>& table,
                    std::vector<Row>& rates);

}  // namespace pathquant
