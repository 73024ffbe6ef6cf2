#include "experiments/measure/layer_bounds.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/bounds/shared/tolerance.hpp"
#include "experiments/measure/record.hpp"

namespace pathquant {
namespace {

const char* column_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::error_energy:
      return "error_energy";
    case Quantity::max_neuron_squared_error:
      return "max_neuron_squared_error";
    case Quantity::max_abs_error:
      return "max_abs_error";
    case Quantity::relative_squared_error:
      return "relative_squared_error";
    case Quantity::direction_error:
      return "direction_error";
    case Quantity::levels_used:
      return "levels_used";
    case Quantity::weight_error_energy:
      return "weight_error_energy";
    case Quantity::clipped:
      return "clipped";
    case Quantity::fresh_relative_squared_error:
      return "fresh_relative_squared_error";
    case Quantity::row_space_error:
      return "row_space_error";
  }
  return "";
}

// What a line may see depends on the selection alone, never on what happens to be stored.
LayerFacts seen_by(const BoundEntry& line, const LayerFacts& facts, bool affordable, double unit) {
  LayerFacts seen = facts;
  seen.unit = unit;
  if (!affordable || !(line.needs_path_covariance || line.improved_by_path_covariance)) seen.statistics.path.reset();
  if (!affordable || !line.needs_path_growth) seen.statistics.growth.reset();
  if (!affordable || !line.needs_fresh_spread) seen.fresh.spread.reset();
  return seen;
}

// What the line looks at and is not there.
std::string missing(const BoundEntry& line, const LayerFacts& facts) {
  const char* what = line.needs_path_covariance && !facts.statistics.path ? "the path covariance S"
                     : line.needs_path_growth && !facts.statistics.growth ? "the path growth"
                     : line.needs_fresh_spread && facts.fresh.expected_energy && !facts.fresh.spread
                         ? "the spread of fresh rows"
                         : "";
  if (*what != 0) return fmt::format("{} of these inputs is not there: its computation failed or has not run", what);
  for (const std::string& name : line.needs_facts)
    if (!facts.facts.contains(name))
      return fmt::format(
          "the fact {} is not stored with this layer: it was streamed, or measured before the fact had its present "
          "version (--force measures it again)",
          name);
  return "";
}

// A plugin's line that fails is a line that does not apply.
BoundValue evaluated(const BoundEntry& line, const LayerFacts& facts, double probability) {
  const auto& plugin = line.description.plugin;
  if (!plugin) return line.evaluate(facts, 1 - probability);
  try {
    return line.evaluate(facts, 1 - probability);
  } catch (const std::exception& error) {
    return NotApplicable{fmt::format("{}: {}", plugin->title(), error.what())};
  }
}

BoundRow line_row(const BoundEntry& line, const LayerFacts& facts, double probability, const nlohmann::json& record) {
  const bool mean = line.kind != BoundKind::upper;
  // An upper bound on the energy is an event of its own trial, so it may be divided by that trial's signal; a mean may
  // not.
  const bool relative = !mean && line.quantity == Quantity::error_energy;
  BoundRow row;
  row.name = line.description.name;
  row.kind = line.kind;
  row.metric = relative ? "relative_squared_error" : column_of(line.quantity);
  if (!mean) row.probability = line.deterministic ? 1.0 : probability;
  if (!record.contains(row.metric) || record.at(row.metric).is_null()) {
    row.reason = fmt::format("{} is not measured here", row.metric);
    if (const auto why = record.find(reason_column(row.metric)); why != record.end())
      row.reason += fmt::format(": {} (measure: {} has it)", why->get<std::string>(), row.metric);
    return row;
  }
  row.reason = missing(line, facts);
  if (!row.reason.empty()) return row;
  const BoundValue value = evaluated(line, facts, probability);
  if (const auto* refused = std::get_if<NotApplicable>(&value)) {
    row.reason = refused->reason;
    row.sampled = refused->sampled;
  } else if (const double number = std::get<double>(value); !std::isfinite(number)) {
    row.reason = "its value is not finite";
  } else {
    row.tolerance = rounding_tolerance(line, facts, number);
    row.value = relative ? number / record.at("signal_energy").get<double>() : number;
    const double measured = record.at(row.metric).get<double>();
    if (line.bits_above && measured > 0) row.gap_bits = line.bits_above(facts, measured);
  }
  return row;
}

bool is_measured(const BoundEntry& line, const nlohmann::json& record) {
  const auto found = record.find(column_of(line.quantity));
  return found != record.end() && !found->is_null();
}
bool says_why_not(const BoundEntry& line, const nlohmann::json& record) {
  return record.contains(reason_column(column_of(line.quantity)));
}

}  // namespace

double StatisticCosts::of(const BoundEntry& line) const {
  return (line.needs_path_covariance || line.improved_by_path_covariance ? path_covariance : 0) +
         (line.needs_path_growth ? path_growth : 0) + (line.needs_fresh_spread ? fresh_spread : 0);
}

bool affords(const BoundEntry& line, const BoundSelection& selection, const StatisticCosts& costs,
             double quantizer_cost) {
  return costs.of(line) <= quantizer_cost || selection.names_it(line.description.name);
}

std::vector<BoundRow> layer_bounds(const LayerFacts& facts, const BoundSelection& selection, double probability,
                                   const nlohmann::json& record, const StatisticCosts& costs, double quantizer_cost,
                                   double unit) {
  std::vector<BoundRow> rows;
  for (const BoundEntry* line : Registry<BoundEntry>::instance().all()) {
    const std::string& name = line->description.name;
    if (!selection.wants(name) || !line->concerns(facts.quantizer)) continue;
    if (!is_measured(*line, record) && !says_why_not(*line, record) && !selection.names_it(name)) continue;
    const bool affordable = affords(*line, selection, costs, quantizer_cost);
    rows.push_back(line_row(*line, seen_by(*line, facts, affordable, unit), probability, record));
    if (!affordable && !line->improved_by_path_covariance && is_measured(*line, record))
      rows.back().reason = "cost: it takes longer than the quantizer; name it under bounds to have it";
  }
  return rows;
}

}  // namespace pathquant
