// Cells with what they measured, as a test says it.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "experiments/results/measured_cell.hpp"
#include "experiments/results/row.hpp"
#include "tests/experiments/fake_cell.hpp"

namespace pathquant::testing {

using Columns = std::vector<std::pair<std::string, Row>>;

/// What an experiment that measures "error" declares.
inline const ColumnTable one_error = {{"error", ColumnKind::error}};

class MeasuredCells {
 public:
  /// Its id is "cell0", "cell1", ...; trials 0, 1, .. measured `errors` in the column "error".
  MeasuredCell& add(Columns columns, const std::vector<double>& errors) {
    const auto cell = std::make_shared<FakeCell>("cell" + std::to_string(cells.size()));
    cell->parameters = std::move(columns);
    planned_.push_back({cell, static_cast<std::int64_t>(errors.size())});
    cells.emplace_back().planned = &planned_.back();
    for (const double error : errors) measure("error", static_cast<std::int64_t>(cells.back().trials++), error);
    return cells.back();
  }
  /// In the cell that was added last.
  void measure(const std::string& column, std::int64_t trial, double value) {
    cells.back().values[column][trial] = value;
  }

  std::vector<MeasuredCell> cells;

 private:
  std::deque<PlannedCell> planned_;
};

}  // namespace pathquant::testing
