#include "experiments/measure/stored_facts.hpp"

#include <vector>

namespace pathquant {
namespace {

using nlohmann::json;

std::vector<double> as_list(const Vector& values) {
  return {values.begin(), values.end()};
}

Vector as_vector(const json& list) {
  const auto values = list.get<std::vector<double>>();
  return Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
}

Alphabet alphabet_from(const json& stored) {
  Alphabet alphabet;
  alphabet.steps = as_vector(stored.at("steps"));
  if (!stored.at("half_levels").is_null()) alphabet.half_levels = stored.at("half_levels").get<std::int64_t>();
  if (stored.contains("kind")) alphabet.kind = AlphabetKind::midrise;
  if (stored.contains("values")) {
    alphabet.kind = AlphabetKind::list;
    alphabet.values = stored.at("values").get<std::vector<double>>();
  }
  alphabet.ties_to_lower = stored.contains("ties_to_lower");
  if (stored.contains("listed")) alphabet.listed = stored.at("listed").get<std::int64_t>();
  if (stored.contains("group")) {
    alphabet.group = stored.at("group").get<Index>();
    const Vector all = as_vector(stored.at("group_steps"));
    alphabet.group_steps =
        Eigen::Map<const RowMatrix<double>>(all.data(), all.size() / alphabet.steps.size(), alphabet.steps.size());
  }
  return alphabet;
}

json to_json(const EliminationFacts& facts) {
  return {{"damping", facts.damping},
          {"lambda", facts.lambda},
          {"sum_squares", facts.sum_squares},
          {"largest_square", facts.largest_square},
          {"sum_logs", facts.sum_logs},
          {"live", facts.live},
          {"starts_at_minimum", facts.starts_at_minimum},
          {"shift_energy", facts.shift_energy},
          {"weight_error", facts.weight_error},
          {"deviation_energy", facts.deviation_energy},
          {"first_square", facts.first_square},
          {"first_misses", facts.first_misses}};
}

EliminationFacts elimination_from(const json& stored) {
  return {.damping = stored.at("damping"),
          .lambda = stored.at("lambda"),
          .sum_squares = stored.at("sum_squares"),
          .largest_square = stored.at("largest_square"),
          .sum_logs = stored.at("sum_logs"),
          .live = stored.at("live"),
          .starts_at_minimum = stored.at("starts_at_minimum"),
          .shift_energy = stored.at("shift_energy"),
          .weight_error = stored.at("weight_error"),
          .deviation_energy = stored.at("deviation_energy"),
          .first_square = stored.at("first_square"),
          .first_misses = stored.at("first_misses")};
}

}  // namespace

json stored_statistics(const LayerStatistics& statistics, const Alphabet& alphabet,
                       const std::optional<double>& fresh_energy, const Vector& row_space_deviations) {
  json stored;
  stored["input_energy"] = statistics.input_energy;
  stored["largest_norm"] = statistics.largest_norm;
  stored["drift_energy"] = statistics.drift_energy;
  stored["largest_weights"] = as_list(statistics.largest_weights);
  stored["largest_aligned_weights"] = as_list(statistics.largest_aligned_weights);
  stored["weight_error_energy"] = statistics.weight_error_energy;
  if (statistics.box_error) stored["box_error"] = *statistics.box_error;
  stored["alignment_energy"] = statistics.alignment_energy;
  stored["largest_alignment_norm"] = statistics.largest_alignment_norm;
  stored["largest_alignment_entry"] = statistics.largest_alignment_entry;
  stored["largest_alignment_along"] = statistics.largest_alignment_along;
  stored["alignment_reach"] = statistics.alignment_reach;
  stored["total_input_energy"] = statistics.total_input_energy;
  stored["rounding_evenness"] = statistics.rounding_evenness;
  stored["rounding_bias"] = statistics.rounding_bias;
  stored["stochastic_evenness"] = statistics.stochastic_evenness;
  if (statistics.elimination) stored["elimination"] = to_json(*statistics.elimination);
  stored["steps"] = as_list(alphabet.steps);
  stored["half_levels"] = alphabet.half_levels ? json(*alphabet.half_levels) : json(nullptr);
  // What a default alphabet does not have, or was not measured, is left out, and so read back as its default.
  if (alphabet.kind == AlphabetKind::midrise) stored["kind"] = "midrise";
  if (alphabet.kind == AlphabetKind::list) stored["values"] = alphabet.values;
  if (alphabet.ties_to_lower) stored["ties_to_lower"] = true;
  if (alphabet.listed > 0) stored["listed"] = alphabet.listed;
  if (alphabet.group > 0) {
    stored["group"] = alphabet.group;
    stored["group_steps"] = as_list(alphabet.group_steps.reshaped<Eigen::RowMajor>());
  }
  if (fresh_energy) stored["fresh_expected_energy"] = *fresh_energy;
  if (row_space_deviations.size() > 0) stored["row_space_deviations"] = as_list(row_space_deviations);
  return stored;
}

LayerFacts stored_facts(const json& content, LayerShape shape, bool mismatch, const ColumnDistribution& columns,
                        const QuantizerTraits& traits) {
  const json& stored = content.at("statistics");
  LayerFacts facts;
  facts.shape = shape;
  facts.mismatch = mismatch;
  // The noise of a mismatch is drawn for every feature by itself. In an order that looks at Xq, the columns that come
  // first are no longer independent of those that come later, nor of their law.
  if (traits.order == FeatureOrder::natural) facts.columns = columns;
  facts.pairs_independent = facts.columns.independent;
  facts.quantizer = traits;
  facts.alphabet = alphabet_from(stored);
  facts.clipped = content.at("record").at("clipped").get<std::int64_t>();
  if (const json& rate = content.at("record").at("rate"); !rate.is_null()) facts.rate = rate.get<double>();
  LayerStatistics& statistics = facts.statistics;
  statistics.input_energy = stored.at("input_energy");
  statistics.largest_norm = stored.at("largest_norm");
  statistics.drift_energy = stored.at("drift_energy");
  statistics.largest_weights = as_vector(stored.at("largest_weights"));
  statistics.largest_aligned_weights = as_vector(stored.at("largest_aligned_weights"));
  statistics.weight_error_energy = stored.at("weight_error_energy");
  if (stored.contains("box_error")) statistics.box_error = stored.at("box_error").get<double>();
  statistics.total_input_energy = stored.at("total_input_energy");
  statistics.rounding_evenness = stored.at("rounding_evenness");
  statistics.rounding_bias = stored.at("rounding_bias");
  statistics.stochastic_evenness = stored.at("stochastic_evenness");
  statistics.alignment_energy = stored.at("alignment_energy");
  statistics.largest_alignment_norm = stored.at("largest_alignment_norm");
  statistics.largest_alignment_entry = stored.at("largest_alignment_entry");
  statistics.largest_alignment_along = stored.at("largest_alignment_along");
  statistics.alignment_reach = stored.at("alignment_reach");
  if (stored.contains("elimination")) statistics.elimination = elimination_from(stored.at("elimination"));
  if (stored.contains("fresh_expected_energy"))
    facts.fresh.expected_energy = stored.at("fresh_expected_energy").get<double>();
  if (stored.contains("row_space_deviations"))
    facts.row_space_deviations = as_vector(stored.at("row_space_deviations"));
  return facts;
}

json to_json(const PathCovariance& path) {
  return {{"trace", path.trace},
          {"trace_square", path.trace_square},
          {"norm", path.norm},
          {"max_diagonal", path.max_diagonal},
          {"sum_norms", path.sum_norms},
          {"directional", path.directional},
          {"sweep_norm", path.sweep_norm},
          {"input_spectrum", as_list(path.input_spectrum)}};
}

PathCovariance path_covariance_from(const json& stored) {
  return {.trace = stored.at("trace"),
          .trace_square = stored.at("trace_square"),
          .norm = stored.at("norm"),
          .max_diagonal = stored.at("max_diagonal"),
          .sum_norms = stored.at("sum_norms"),
          .directional = stored.at("directional"),
          .sweep_norm = stored.at("sweep_norm"),
          .input_spectrum = as_vector(stored.at("input_spectrum"))};
}

json to_json(const PathGrowth& growth) {
  return {{"live_columns", growth.live_columns}, {"largest", growth.largest}, {"sum_squares", growth.sum_squares}};
}

PathGrowth path_growth_from(const json& stored) {
  return {.live_columns = stored.at("live_columns"),
          .largest = stored.at("largest"),
          .sum_squares = stored.at("sum_squares")};
}

json to_json(const FreshSpread& spread) {
  return {{"path", spread.path}, {"memoryless", spread.memoryless}, {"dead_columns", spread.dead_columns}};
}

FreshSpread fresh_spread_from(const json& stored) {
  return {.path = stored.at("path"), .memoryless = stored.at("memoryless"), .dead_columns = stored.at("dead_columns")};
}

}  // namespace pathquant
