// What the trials of one cell measured, for the statements that compare cells trial by trial.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "experiments/plan/plan.hpp"
#include "experiments/results/cell_line.hpp"

namespace pathquant {

/// What rates (BoundKind::decay) are drawn and compared by.
inline constexpr const char* rate_metric = "relative_squared_error";

struct MeasuredCell {
  const PlannedCell* planned = nullptr;
  std::size_t trials = 0;                                        ///< those that are ok
  double seconds = 0;                                            ///< that these took together
  std::map<std::string, std::map<std::int64_t, double>> values;  ///< measured column -> trial -> value
  std::vector<CellLine> lines;                                   ///< that apply to some trial, or to the cell
  std::map<std::string, double> rates;                           ///< rate -> its shape for rate_metric
};

}  // namespace pathquant
