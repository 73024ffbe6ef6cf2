// The summary that a run prints: one line a cell, what was measured beside what theory says.
#pragma once

#include <string>
#include <vector>

#include "experiments/plan/plan.hpp"
#include "experiments/results/collect.hpp"

namespace pathquant {

/// Text in columns; numbers to the right, words to the left.
class Table {
 public:
  explicit Table(std::vector<std::string> header);
  void add(std::vector<std::string> row);
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// The columns that tell `cells` apart, by their names: those of two different values or more, and those that only some
/// have where no other column implies it.
std::vector<std::string> varying_columns(const std::vector<PlannedCell>& cells);
/// A cell's value in a column as text; "-" where it has none.
std::string column_text(const Cell& cell, const std::string& column);

/// The cells of `shown` with their mean error, prediction, tightest upper line and number of clipped decisions; where
/// `columns` have costs, with their means in place of the last three. Where they are measured also the error on fresh
/// rows, and the error budget as shares of the error energy.
std::string summary_table(const std::vector<PlannedCell>& shown, const Results& results, const ColumnTable& columns);

}  // namespace pathquant
