#include "experiments/results/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

namespace pathquant {
namespace {

bool looks_numeric(const std::string& text) {
  return !text.empty() &&
         (std::isdigit(static_cast<unsigned char>(text.front())) || text.front() == '-' || text.front() == '.');
}

// What the table shows of a cell, gathered from the rows of the results.
struct CellSummaryRow {
  const Row* error = nullptr;                                    // summary row of relative_squared_error
  const Row* prediction = nullptr;                               // summary row of a prediction
  double clipped = 0;                                            // mean number of clipped decisions
  std::map<std::string, const Row*> metrics;                     // summary rows of all that is measured
  std::map<std::string, std::pair<double, std::size_t>> uppers;  // line -> (sum of values, trials) where relative

  std::optional<double> mean(const std::string& metric) const {
    const auto found = metrics.find(metric);
    if (found == metrics.end() || (*found->second)["mean"].is_null()) return std::nullopt;
    return (*found->second)["mean"].get<double>();
  }
  // Mean of these parts of the error energy together, over the mean of all.
  std::optional<double> share(std::initializer_list<const char*> parts) const {
    const std::optional<double> total = mean("error_energy");
    double sum = 0;
    for (const char* part : parts) {
      const std::optional<double> one = mean(part);
      if (!one) return std::nullopt;
      sum += *one;
    }
    return total && *total > 0 ? std::optional<double>(sum / *total) : std::nullopt;
  }
};

// A column for what is measured only where a config asks for it.
struct MeasuredColumn {
  const char* title;
  std::optional<double> (*value)(const CellSummaryRow& cell);
};

constexpr MeasuredColumn asked_for[] = {
    {"fresh rel. sq. error", [](const CellSummaryRow& cell) { return cell.mean("fresh_relative_squared_error"); }},
    {"of alignment", [](const CellSummaryRow& cell) { return cell.share({"budget_alignment"}); }},
    {"of rounding", [](const CellSummaryRow& cell) { return cell.share({"budget_rounding"}); }},
    {"of clipping", [](const CellSummaryRow& cell) { return cell.share({"budget_clipping"}); }},
    {"of cross terms", [](const CellSummaryRow& cell) {
       return cell.share({"budget_alignment_rounding", "budget_alignment_clipping", "budget_rounding_clipping"});
     }}};

std::string number(const Row* row, const char* key) {
  if (row == nullptr || !row->contains(key) || (*row)[key].is_null()) return "-";
  return fmt::format("{:.4g}", (*row)[key].get<double>());
}

std::string tightest_upper(const CellSummaryRow& shown) {
  const std::size_t trials = shown.error == nullptr ? 0 : (*shown.error)["count"].get<std::size_t>();
  std::optional<std::pair<double, std::string>> best;
  for (const auto& [name, sum] : shown.uppers) {
    const double mean = sum.first / static_cast<double>(sum.second);
    if (sum.second == trials && (!best || mean < best->first)) best = {mean, name};
  }
  return best ? fmt::format("{:.4g}  {}", best->first, best->second) : "-";
}

}  // namespace

Table::Table(std::vector<std::string> header) : rows_{std::move(header)} {}

void Table::add(std::vector<std::string> row) {
  rows_.push_back(std::move(row));
}

std::string Table::text() const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const bool right = looks_numeric(rows_.back()[c]) && row[c].find("  ") == std::string::npos;
      line += fmt::format("{}{}", c == 0 ? "" : "  ",
                          right ? fmt::format("{:>{}}", row[c], widths[c]) : fmt::format("{:<{}}", row[c], widths[c]));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::vector<std::string> varying_columns(const std::vector<PlannedCell>& cells) {
  std::vector<std::string> names = column_names(cells);
  std::map<std::string, std::vector<std::string>> texts;
  std::map<std::string, std::set<std::string>> values;  // "-" among them
  for (const std::string& name : names)
    for (const PlannedCell& planned : cells) {
      texts[name].push_back(column_text(*planned.cell, name));
      values[name].insert(texts[name].back());
    }
  // A column that only some cells have, with one value, tells those from the others - unless what they have elsewhere
  // says so already: a quantizer's name its parameters, a data set its split.
  std::set<std::string> telling;
  for (const std::string& name : names)
    if (values[name].size() - values[name].count("-") >= 2) telling.insert(name);
  for (const std::string& name : names) {
    if (values[name].size() < 2 || telling.contains(name)) continue;
    std::vector<bool> implied(cells.size(), false);
    for (const std::string& other : telling) {
      std::map<std::string, std::set<std::string>> beside;  // value of the other column -> those of this one beside it
      for (std::size_t i = 0; i < cells.size(); ++i) beside[texts[other][i]].insert(texts[name][i]);
      for (std::size_t i = 0; i < cells.size(); ++i)
        if (texts[other][i] != "-" && beside[texts[other][i]].size() == 1) implied[i] = true;
    }
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (texts[name][i] != "-" && !implied[i]) {
        telling.insert(name);
        break;
      }
  }
  std::erase_if(names, [&](const std::string& name) { return !telling.contains(name); });
  return names;
}

std::string column_text(const Cell& cell, const std::string& column) {
  const Row* value = find_column(cell, column);
  if (value == nullptr || value->is_null()) return "-";
  if (value->is_string()) return value->get<std::string>();
  return value->is_number_float() ? fmt::format("{}", value->get<double>()) : value->dump();
}

namespace {

// What the table shows of every cell, by cell id. It points into `results`.
std::unordered_map<std::string, CellSummaryRow> rows_of_cells(const std::vector<PlannedCell>& shown,
                                                              const Results& results) {
  std::unordered_map<std::string, CellSummaryRow> by_cell;
  for (const PlannedCell& planned : shown) by_cell[planned.cell->id()];
  for (const Row& row : results.summary) {
    const auto found = by_cell.find(row["cell_id"].get<std::string>());
    if (found == by_cell.end()) continue;
    const std::string metric = row["metric"];
    if (metric == "relative_squared_error") found->second.error = &row;
    if (row["kind"].is_null()) found->second.metrics[metric] = &row;
    if (metric == "clipped") found->second.clipped = row["mean"].get<double>();
    // Of two predictions the one that knows these inputs is named before the one that knows their law only.
    if (row["kind"] == "prediction" && row["of"] == "error_energy" &&
        (found->second.prediction == nullptr || metric.find("law") == std::string::npos))
      found->second.prediction = &row;
  }
  for (const Row& row : results.bounds) {
    const auto found = by_cell.find(row["cell_id"].get<std::string>());
    if (found == by_cell.end() || row["kind"] != "upper" || row["metric"] != "relative_squared_error" ||
        row["value"].is_null())
      continue;
    auto& [sum, trials] = found->second.uppers[row["bound"].get<std::string>()];
    sum += row["value"].get<double>();
    ++trials;
  }
  return by_cell;
}

}  // namespace

std::string summary_table(const std::vector<PlannedCell>& shown, const Results& results,
                          const ColumnTable& columns_of_records) {
  const std::vector<std::string> costs = names_of(columns_of_records, {ColumnKind::cost});
  const std::unordered_map<std::string, CellSummaryRow> by_cell = rows_of_cells(shown, results);
  const std::vector<std::string> columns = varying_columns(shown);
  std::vector<std::string> header = columns;
  header.insert(header.end(), {"trials", "rel. sq. error", "+-"});
  if (costs.empty()) header.insert(header.end(), {"prediction", "clipped", "tightest upper bound"});
  header.insert(header.end(), costs.begin(), costs.end());
  std::vector<MeasuredColumn> measured;
  for (const MeasuredColumn& column : asked_for)
    if (std::any_of(by_cell.begin(), by_cell.end(), [&](const auto& cell) { return column.value(cell.second); }))
      measured.push_back(column);
  for (const MeasuredColumn& column : measured) header.push_back(column.title);
  Table table(header);
  for (const PlannedCell& planned : shown) {
    const CellSummaryRow& cell = by_cell.at(planned.cell->id());
    std::vector<std::string> row;
    for (const std::string& column : columns) row.push_back(column_text(*planned.cell, column));
    row.push_back(cell.error == nullptr ? "0" : (*cell.error)["count"].dump());
    row.push_back(number(cell.error, "mean"));
    row.push_back(number(cell.error, "standard_error"));
    if (costs.empty()) {
      row.push_back(number(cell.prediction, "relative"));
      row.push_back(fmt::format("{:.4g}", cell.clipped));
      row.push_back(tightest_upper(cell));
    }
    for (const std::string& cost : costs) {
      const std::optional<double> mean = cell.mean(cost);
      row.push_back(mean ? fmt::format("{:.4g}", *mean) : "-");
    }
    for (const MeasuredColumn& column : measured) {
      const std::optional<double> value = column.value(cell);
      row.push_back(value ? fmt::format("{:.4g}", *value) : "-");
    }
    table.add(std::move(row));
  }
  return table.text();
}

}  // namespace pathquant
