#include "experiments/results/bound_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace pathquant {
namespace {

Row bound_row(const MeasuredCell& measured, const Row& trial, const BoundRow& bound) {
  Row row = row_about(measured.id(), trial, measured.layer);
  row["bound"] = bound.name;
  row["kind"] = to_text(bound.kind);
  row["metric"] = bound.metric;
  row["value"] = nullptr;
  row["probability"] = bound.probability ? Row(*bound.probability) : Row(nullptr);
  row["applies"] = false;
  for (const char* name : {"reason", "measured", "ratio", "holds", "gap_bits"}) row[name] = nullptr;
  return row;
}

Row refused_row(const MeasuredCell& measured, const BoundOutcomes& outcomes) {
  const BoundRow& first = outcomes.refused.front();
  Row row = bound_row(measured, nullptr, first);
  row["reason"] = first.reason;
  const std::size_t all = outcomes.refused.size() + outcomes.applying.size();
  if (!outcomes.applying.empty())
    row["reason"] = fmt::format("{} ({} of {} trials)", first.reason, outcomes.refused.size(), all);
  return row;
}

Row applying_row(const MeasuredCell& cell, const LayerTrial& trial, const BoundRow& bound) {
  const double measured = trial.content.at("record").at(bound.metric);
  Row row = bound_row(cell, trial.trial, bound);
  row["value"] = *bound.value;
  row["applies"] = true;
  row["measured"] = measured;
  if (measured > 0 && std::isfinite(*bound.value / measured)) row["ratio"] = *bound.value / measured;
  if (bound.kind == BoundKind::upper) row["holds"] = measured <= *bound.value * (1 + bound.tolerance);
  if (bound.gap_bits) row["gap_bits"] = or_null(*bound.gap_bits);
  return row;
}

void add_bound(const BoundOutcomes& outcomes, MeasuredCell& measured, std::vector<Row>& table) {
  const bool mean = outcomes.kind() != BoundKind::upper;
  // A hypothesis about a mean is one about all trials of the cell, unless each trial only samples it.
  const bool sampled =
      std::all_of(outcomes.refused.begin(), outcomes.refused.end(), [](const BoundRow& r) { return r.sampled; });
  const bool refused =
      !outcomes.refused.empty() && !(mean && sampled && outcomes.refused.size() < outcomes.applying.size());
  if (refused) table.push_back(refused_row(measured, outcomes));
  if (outcomes.applying.empty() || (mean && refused)) return;
  const BoundRow& first = outcomes.applying.front().second;
  CellLine& line = measured.lines.emplace_back();
  line = {first.name, first.kind, first.metric, first.probability};
  for (const auto& [trial, bound] : outcomes.applying) {
    table.push_back(applying_row(measured, *trial, bound));
    const nlohmann::json& record = trial->content.at("record");
    line.values.push_back(*bound.value);
    line.measured.push_back(record.at(bound.metric));
    if (mean) line.signal.push_back(record.at("signal_energy"));
    if (bound.gap_bits) line.gaps.push_back(*bound.gap_bits);
    line.tolerance = std::max(line.tolerance, bound.tolerance);
  }
}

// A rate has no constant, so it is no row of `bounds`: what it says is how its shape changes from cell to cell. Its
// hypotheses are about all trials of the cell.
void add_rate(const BoundOutcomes& outcomes, MeasuredCell& measured, std::vector<Row>& rates) {
  const bool applies = outcomes.refused.empty();
  const BoundRow& any = applies ? outcomes.applying.front().second : outcomes.refused.front();
  Row row = row_about(measured.id(), measured.layer);
  row["rate"] = any.name;
  row["metric"] = rate_metric;
  row["shape"] = nullptr;
  row["applies"] = applies;
  row["reason"] = applies ? Row(nullptr) : refused_row(measured, outcomes)["reason"];
  if (applies) {
    // The shape of the error energy over the mean energy, as every mean is drawn.
    double shape = 0, energy = 0;
    for (const auto& [trial, bound] : outcomes.applying) {
      shape += *bound.value;
      energy += trial->content.at("record").at("signal_energy").get<double>();
    }
    row["shape"] = or_null(shape / energy);
    measured.rates[any.name] = shape / energy;
  }
  rates.push_back(std::move(row));
}

}  // namespace

void add_bound_rows(const std::map<std::string, BoundOutcomes>& bounds, MeasuredCell& measured, std::vector<Row>& table,
                    std::vector<Row>& rates) {
  for (const auto& [name, outcomes] : bounds)
    if (outcomes.kind() == BoundKind::decay)
      add_rate(outcomes, measured, rates);
    else
      add_bound(outcomes, measured, table);
}

}  // namespace pathquant
