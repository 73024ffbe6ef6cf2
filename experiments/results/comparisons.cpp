#include "experiments/results/comparisons.hpp"

#include <algorithm>
#include <cmath>

#include "experiments/results/quantizer_groups.hpp"
#include "experiments/sample_statistics/moments.hpp"

namespace pathquant {
namespace {

std::optional<Row> compare(const MeasuredCell& one, const MeasuredCell& other, const std::string& metric) {
  const auto a = one.values.find(metric);
  const auto b = other.values.find(metric);
  if (a == one.values.end() || b == other.values.end()) return std::nullopt;
  std::size_t count = 0, wins = 0, losses = 0;
  std::vector<double> logs;
  for (const auto& [trial, error] : a->second) {
    const auto paired = b->second.find(trial);
    if (paired == b->second.end()) continue;
    ++count;
    wins += error < paired->second ? 1 : 0;
    losses += error > paired->second ? 1 : 0;
    if (error > 0 && paired->second > 0) logs.push_back(std::log(error / paired->second));
  }
  if (count == 0) return std::nullopt;
  Row row = row_about(one.id(), one.layer);
  row["against"] = other.id();
  for (const char* name : {"quantizer", "reference"}) row[name] = nullptr;
  row["metric"] = metric;
  row["count"] = count;
  row["wins"] = wins;
  row["losses"] = losses;
  row["ties"] = count - wins - losses;
  for (const char* name : {"log_ratio", "standard_error", "low", "high", "ratio"}) row[name] = nullptr;
  if (logs.size() < count) return row;
  const Moments mean = moments(logs);
  const auto interval = student_interval(mean, count);
  row["log_ratio"] = or_null(mean.mean);
  row["standard_error"] = or_null(mean.standard_error);
  row["low"] = interval ? or_null(interval->low) : Row(nullptr);
  row["high"] = interval ? or_null(interval->high) : Row(nullptr);
  row["ratio"] = or_null(std::exp(mean.mean));
  return row;
}

}  // namespace

std::vector<Row> comparisons(const std::vector<MeasuredCell>& cells, const ColumnTable& columns) {
  std::vector<std::string> metrics = names_of(columns, {ColumnKind::error});
  for (std::string& cost : names_of(columns, {ColumnKind::cost})) metrics.push_back(std::move(cost));
  const QuantizerGroups quantizers = quantizer_groups(cells);
  std::vector<Row> rows;
  for (const Group& group : quantizers.groups)
    for (std::size_t i = 1; i < group.cells.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        const MeasuredCell& one = cells[group.cells[i]];
        const MeasuredCell& other = cells[group.cells[j]];
        for (const std::string& metric : metrics) {
          auto row = compare(one, other, metric);
          if (!row) continue;
          (*row)["quantizer"] = quantizers.names[group.cells[i]];
          (*row)["reference"] = quantizers.names[group.cells[j]];
          rows.push_back(*std::move(row));
        }
      }
  return rows;
}

}  // namespace pathquant
