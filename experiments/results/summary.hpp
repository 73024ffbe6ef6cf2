// What the trials of one cell say together.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "experiments/results/cell_line.hpp"
#include "experiments/results/row.hpp"

namespace pathquant {

class CellSummary {
 public:
  CellSummary(std::string cell_id, Row layer, std::size_t planned);

  void add_status(const std::string& status);
  void add_measurement(const std::string& metric, double value);

  /// One row per metric. A line about a mean (upper_mean, prediction, lower_mean) is a metric of its own: `of` names
  /// what it is about, `measured` is the mean of that, `ratio` mean value / mean measured with its standard error,
  /// `relative` mean value / mean signal energy, for drawing a line about the error energy.
  std::vector<Row> rows(const std::vector<CellLine>& lines) const;

 private:
  Row row(const std::string& metric, const std::vector<double>& values) const;

  std::string cell_id_;
  Row layer_;
  std::size_t planned_;
  std::map<std::string, std::size_t> statuses_;
  std::vector<std::pair<std::string, std::vector<double>>> metrics_;  // in the order of first appearance
};

}  // namespace pathquant
