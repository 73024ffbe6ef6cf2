#include "experiments/results/summary.hpp"

#include <algorithm>
#include <cmath>

#include "experiments/results/moments.hpp"

namespace pathquant {
namespace {

template <class T>
T& entry(std::vector<std::pair<std::string, T>>& list, const std::string& name, T fresh = {}) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& item) { return item.first == name; });
  return found != list.end() ? found->second : list.emplace_back(name, std::move(fresh)).second;
}

nlohmann::ordered_json or_null(std::optional<double> value) {
  return value && std::isfinite(*value) ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

// Whether the mean of `excess` is not above 0 beyond chance; absent where there are too few trials to say.
std::optional<bool> not_above_zero(const std::vector<double>& excess, double slack) {
  if (excess.size() < trials_to_judge_a_mean) return std::nullopt;
  const Moments m = moments(excess);
  return m.mean <= student_quantile(mean_level, excess.size() - 1) * *m.standard_error + slack;
}

}  // namespace

CellSummary::CellSummary(std::string cell_id, std::size_t planned) : cell_id_(std::move(cell_id)), planned_(planned) {}

void CellSummary::add_status(const std::string& status) {
  ++statuses_[status];
}

void CellSummary::add_measurement(const std::string& metric, double value) {
  entry(metrics_, metric).push_back(value);
}

void CellSummary::add_line(const LineRow& line, double value, double measured, double signal_energy) {
  MeanLine& mean = entry(lines_, line.name, MeanLine{line.kind, line.metric, {}, {}, {}, 0});
  mean.values.push_back(value);
  mean.measured.push_back(measured);
  mean.signal.push_back(signal_energy);
  mean.tolerance = std::max(mean.tolerance, line.tolerance);
}

nlohmann::ordered_json CellSummary::row(const std::string& metric, const std::vector<double>& values) const {
  const auto counted = [&](const char* status) {
    const auto found = statuses_.find(status);
    return found == statuses_.end() ? std::size_t{0} : found->second;
  };
  std::size_t stored = 0;
  for (const auto& [status, count] : statuses_) stored += count;
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  const Moments m = moments(values);
  std::optional<double> half_width;
  if (m.standard_error) half_width = student_quantile(0.975, values.size() - 1) * *m.standard_error;

  nlohmann::ordered_json row;
  row["cell_id"] = cell_id_;
  row["layer"] = nullptr;
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
  row["low"] = half_width ? or_null(m.mean - *half_width) : nlohmann::ordered_json(nullptr);
  row["high"] = half_width ? or_null(m.mean + *half_width) : nlohmann::ordered_json(nullptr);
  for (const char* name : {"kind", "of", "measured", "ratio", "ratio_error", "relative", "holds"}) row[name] = nullptr;
  return row;
}

std::vector<nlohmann::ordered_json> CellSummary::rows() const {
  std::vector<nlohmann::ordered_json> rows;
  for (const auto& [metric, values] : metrics_) rows.push_back(row(metric, values));
  for (const auto& [name, line] : lines_) {
    nlohmann::ordered_json judged = row(name, line.values);
    const Moments ratio = ratio_of_means(line.values, line.measured);
    judged["kind"] = to_text(line.kind);
    judged["of"] = line.metric;
    judged["measured"] = or_null(moments(line.measured).mean);
    judged["ratio"] = or_null(ratio.mean);
    judged["ratio_error"] = or_null(ratio.standard_error);
    judged["relative"] = or_null(moments(line.values).mean / moments(line.signal).mean);
    std::vector<double> excess(line.values.size());
    const double sign = line.kind == LineKind::lower_mean ? -1 : 1;
    for (std::size_t i = 0; i < excess.size(); ++i) excess[i] = sign * (line.measured[i] - line.values[i]);
    if (line.kind != LineKind::prediction)
      if (const auto holds = not_above_zero(excess, line.tolerance * moments(line.values).mean))
        judged["holds"] = *holds;
    rows.push_back(std::move(judged));
  }
  return rows;
}

}  // namespace pathquant
