// From a config to the cells of its sweep, in order, each once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "experiments/config/config.hpp"
#include "experiments/task/experiment.hpp"

namespace pathquant {

struct PlannedCell {
  std::shared_ptr<const Cell> cell;
  std::int64_t trials = 1;  ///< 1 where nothing random enters; the most where the config has a rule for stopping
};

struct Plan {
  Config config;
  std::vector<PlannedCell> cells;
  ColumnTable columns;         ///< of the records (plan_columns.hpp)
  std::size_t duplicates = 0;  ///< points of the sweep that describe a cell that was there already
  std::size_t excluded = 0;
};

/// Expands the sweep. Throws ConfigError with every diagnostic of the config and of its cells, `diagnostics` among them.
Plan make_plan(Config config, Diagnostics diagnostics);

/// A cell's value in a column, or nullptr.
const nlohmann::ordered_json* find_column(const Cell& cell, const std::string& column);
/// The columns of all cells, each once, in the order of first appearance.
std::vector<std::string> column_names(const std::vector<PlannedCell>& cells);

/// `key=value[,v2]` or `key!=value`: keeps the cells whose column has (or has not) one of these values, compared
/// exactly.
struct Filter {
  std::string column;
  std::vector<std::string> values;
  bool negated = false;
};
/// Throws std::invalid_argument when the text is no filter.
Filter parse_filter(const std::string& text);
/// The cells that pass all filters. Throws std::invalid_argument when no cell has such a column.
std::vector<PlannedCell> filtered(const std::vector<PlannedCell>& cells, const std::vector<Filter>& filters);

}  // namespace pathquant
