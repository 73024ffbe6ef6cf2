// What the trials of one layer of a cell measured, for the statements that compare cells trial by trial.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "experiments/plan/plan.hpp"
#include "experiments/results/cell_line.hpp"
#include "experiments/results/row.hpp"

namespace pathquant {

/// What rates (BoundKind::decay) are drawn and compared by.
inline constexpr const char* rate_metric = "relative_squared_error";

struct MeasuredCell {
  const PlannedCell* planned = nullptr;
  Row layer = nullptr;                                           ///< of the network; null: the cell is about one layer
  Row own_columns = Row::object();                               ///< of the layer, before those of the cell
  std::size_t trials = 0;                                        ///< those that are ok
  double seconds = 0;                                            ///< that these took together
  std::map<std::string, std::map<std::int64_t, double>> values;  ///< measured column -> trial -> value
  std::vector<CellLine> lines;                                   ///< that apply to some trial, or to the cell
  std::map<std::string, double> rates;                           ///< rate -> its shape for rate_metric

  const std::string& id() const { return planned->cell->id(); }
  /// The layer's value in a column of parameters, or nullptr.
  const Row* column(const std::string& name) const {
    const auto own = own_columns.find(name);
    return own != own_columns.end() ? &*own : find_column(*planned->cell, name);
  }
};

}  // namespace pathquant
