#include "experiments/results/summary.hpp"

#include <algorithm>

#include "experiments/sample_statistics/moments.hpp"

namespace pathquant {
namespace {

template <class T>
T& entry(std::vector<std::pair<std::string, T>>& list, const std::string& name, T fresh = {}) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& item) { return item.first == name; });
  return found != list.end() ? found->second : list.emplace_back(name, std::move(fresh)).second;
}

}  // namespace

CellSummary::CellSummary(std::string cell_id, Row layer, std::size_t planned)
    : cell_id_(std::move(cell_id)), layer_(std::move(layer)), planned_(planned) {}

void CellSummary::add_status(const std::string& status) {
  ++statuses_[status];
}

void CellSummary::add_measurement(const std::string& metric, double value) {
  entry(metrics_, metric).push_back(value);
}

Row CellSummary::row(const std::string& metric, const std::vector<double>& values) const {
  const auto counted = [&](const char* status) {
    const auto found = statuses_.find(status);
    return found == statuses_.end() ? std::size_t{0} : found->second;
  };
  std::size_t stored = 0;
  for (const auto& [status, count] : statuses_) stored += count;
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const Moments m = moments(values);
  const auto interval = student_interval(m, values.size());

  Row row = row_about(cell_id_, layer_);
  row["metric"] = metric;
  row["count"] = values.size();
  row["failed"] = counted("failed");
  row["timeout"] = counted("timeout");
  row["skipped"] = counted("skipped");
  row["missing"] = planned_ - stored;
  row["mean"] = or_null(m.mean);
  row["standard_error"] = or_null(m.standard_error);
  row["median"] = or_null(quantile(sorted, 0.5));
  for (const auto& [name, q] : {std::pair{"q05", 0.05}, {"q25", 0.25}, {"q75", 0.75}, {"q95", 0.95}})
    row[name] = or_null(quantile(sorted, q));
  row["low"] = interval ? or_null(interval->low) : Row(nullptr);
  row["high"] = interval ? or_null(interval->high) : Row(nullptr);
  for (const char* name : {"kind", "of", "measured", "ratio", "ratio_error", "relative", "holds", "gap_bits"})
    row[name] = nullptr;
  return row;
}

std::vector<Row> CellSummary::rows(const std::vector<CellLine>& lines) const {
  std::vector<Row> rows;
  for (const auto& [metric, values] : metrics_) rows.push_back(row(metric, values));
  for (const CellLine& line : lines) {
    if (line.kind == BoundKind::upper) continue;
    Row judged = row(line.name, line.values);
    const Moments ratio = ratio_of_means(line.values, line.measured);
    judged["kind"] = to_text(line.kind);
    judged["of"] = line.metric;
    judged["measured"] = or_null(moments(line.measured).mean);
    judged["ratio"] = or_null(ratio.mean);
    judged["ratio_error"] = or_null(ratio.standard_error);
    // Other metrics are relative already, or are no energy.
    if (line.metric == "error_energy")
      judged["relative"] = or_null(moments(line.values).mean / moments(line.signal).mean);
    if (!line.gaps.empty()) judged["gap_bits"] = or_null(moments(line.gaps).mean);
    if (line.kind != BoundKind::prediction)
      if (const auto chance = chance_if_true(line, line.values.size())) judged["holds"] = !is_refuted(*chance, 1);
    rows.push_back(std::move(judged));
  }
  return rows;
}

}  // namespace pathquant
