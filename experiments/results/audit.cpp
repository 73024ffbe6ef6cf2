#include "experiments/results/audit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "experiments/sample_statistics/binomial.hpp"
#include "experiments/sample_statistics/moments.hpp"

namespace pathquant {
namespace {

struct Judged {
  const MeasuredCell* cell;
  const CellLine* line;
  std::vector<double> looseness;  // value / measured, ascending
  Moments ratio;                  // of means
  std::optional<double> chance;
};

Judged judge(const MeasuredCell& cell, const CellLine& line) {
  Judged judged{&cell, &line, {}, ratio_of_means(line.values, line.measured), chance_if_true(line, cell.trials)};
  for (std::size_t i = 0; i < line.values.size(); ++i)
    if (line.measured[i] > 0) judged.looseness.push_back(line.values[i] / line.measured[i]);
  std::sort(judged.looseness.begin(), judged.looseness.end());
  return judged;
}

// The smaller, the closer the line is to being wrong here.
std::pair<double, double> standing(const Judged& judged) {
  const double chance = judged.chance.value_or(1);
  switch (judged.line->kind) {
    case BoundKind::upper:
      return {chance, judged.looseness.empty() ? std::numeric_limits<double>::infinity() : judged.looseness.front()};
    case BoundKind::lower_mean:
      return {chance, -judged.ratio.mean};
    case BoundKind::prediction:
      return {chance, -std::abs(std::log(judged.ratio.mean))};
    default:
      return {chance, judged.ratio.mean};
  }
}

void add_rate_or_ratio(Row& row, const Judged& judged) {
  if (judged.line->kind == BoundKind::upper) {
    const Interval rate = clopper_pearson(judged.line->violations(), judged.cell->trials);
    row["rate"] = static_cast<double>(judged.line->violations()) / static_cast<double>(judged.cell->trials);
    row["rate_low"] = rate.low;
    row["rate_high"] = rate.high;
    return;
  }
  const auto interval = student_interval(judged.ratio, judged.line->values.size());
  row["ratio"] = or_null(judged.ratio.mean);
  row["ratio_low"] = interval ? or_null(interval->low) : Row(nullptr);
  row["ratio_high"] = interval ? or_null(interval->high) : Row(nullptr);
}

// `cells` are judged together.
void add_verdict(Row& row, const Judged& worst, std::size_t cells) {
  const CellLine& line = *worst.line;
  const auto interval = deciding_interval(line, worst.cell->trials, cells);
  row["deciding_low"] = interval ? or_null(interval->low) : Row(nullptr);
  row["deciding_high"] = interval ? or_null(interval->high) : Row(nullptr);
  if (line.kind == BoundKind::prediction) row["accuracy"] = prediction_accuracy;
  row["chance"] = or_null(worst.chance);
  // An upper line that so many cells could not refute if it were exceeded in every trial of one.
  const bool decidable =
      line.kind != BoundKind::upper || is_refuted(std::pow(line.eta(), static_cast<double>(worst.cell->trials)), cells);
  if (worst.chance && decidable) row["consistent"] = !is_refuted(*worst.chance, cells);
}

void add_looseness(Row& row, const std::vector<double>& sorted) {
  if (sorted.empty()) return;
  row["looseness_least"] = or_null(sorted.front());
  for (const auto& [name, q] : {std::pair{"looseness_q05", 0.05}, {"looseness_median", 0.5}, {"looseness_q95", 0.95}})
    row[name] = or_null(quantile(sorted, q));
}

// `worst` gives what belongs to one cell; the counts are of all.
Row make_row(const std::vector<Judged>& judged, const Judged& worst, bool whole_sweep) {
  const CellLine& line = *worst.line;
  const bool upper = line.kind == BoundKind::upper;
  const std::string& id = worst.cell->id();
  Row row = row_about(id, worst.cell->layer);
  if (whole_sweep) row["cell_id"] = nullptr;
  row["bound"] = line.name;
  row["kind"] = to_text(line.kind);
  row["metric"] = line.metric;
  row["probability"] = upper ? or_null(line.probability) : Row(nullptr);
  row["eta"] = upper ? Row(line.eta()) : Row(nullptr);
  for (const char* name :
       {"cells",      "trials",          "judged",        "violations",       "rate",          "rate_low",  "rate_high",
        "ratio",      "ratio_low",       "ratio_high",    "deciding_low",     "deciding_high", "accuracy",  "chance",
        "consistent", "looseness_least", "looseness_q05", "looseness_median", "looseness_q95", "worst_cell"})
    row[name] = nullptr;
  std::size_t trials = 0, applying = 0, violations = 0, with_chance = 0;
  std::vector<double> looseness;
  for (const Judged& one : judged) {
    trials += one.cell->trials;
    applying += one.line->values.size();
    violations += upper ? one.line->violations() : 0;
    with_chance += one.chance ? 1 : 0;
    looseness.insert(looseness.end(), one.looseness.begin(), one.looseness.end());
  }
  std::sort(looseness.begin(), looseness.end());
  row["trials"] = trials;
  row["judged"] = applying;
  if (upper) row["violations"] = violations;
  add_rate_or_ratio(row, worst);
  add_verdict(row, worst, std::max<std::size_t>(with_chance, 1));
  if (upper) add_looseness(row, looseness);
  if (whole_sweep) {
    row["cells"] = judged.size();
    row["worst_cell"] = id;
  }
  return row;
}

}  // namespace

std::vector<Row> audit(const std::vector<MeasuredCell>& cells) {
  std::map<std::tuple<std::string, std::string>, std::vector<Judged>> lines;  // by name and metric
  for (const MeasuredCell& cell : cells)
    for (const CellLine& line : cell.lines) lines[{line.name, line.metric}].push_back(judge(cell, line));
  std::vector<Row> rows;
  for (const auto& [name, judged] : lines) {
    const Judged& worst = *std::min_element(judged.begin(), judged.end(),
                                            [](const Judged& a, const Judged& b) { return standing(a) < standing(b); });
    rows.push_back(make_row(judged, worst, true));
    for (const Judged& one : judged) rows.push_back(make_row({one}, one, false));
  }
  return rows;
}

}  // namespace pathquant
