// The fields of what is stored of a layer, each named once: the same list writes them to JSON and reads them back.
#pragma once

#include <concepts>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <vector>

#include "core/facts/fresh_spread.hpp"
#include "core/facts/layer_statistics.hpp"

namespace pathquant {

/// S, const or not.
template <class T, class S>
concept Either = std::same_as<std::remove_const_t<T>, S>;

// Each fields() calls visit(name, member) for every member of its struct.

void fields(Either<LayerStatistics> auto& s, auto visit) {
  visit("input_energy", s.input_energy);
  visit("largest_norm", s.largest_norm);
  visit("drift_energy", s.drift_energy);
  visit("largest_weights", s.largest_weights);
  visit("largest_aligned_weights", s.largest_aligned_weights);
  visit("weight_error_energy", s.weight_error_energy);
  visit("alignment_energy", s.alignment_energy);
  visit("largest_alignment_norm", s.largest_alignment_norm);
  visit("largest_alignment_entry", s.largest_alignment_entry);
  visit("largest_alignment_along", s.largest_alignment_along);
  visit("alignment_reach", s.alignment_reach);
  visit("total_input_energy", s.total_input_energy);
  visit("rounding_evenness", s.rounding_evenness);
  visit("rounding_bias", s.rounding_bias);
  visit("stochastic_evenness", s.stochastic_evenness);
}

void fields(Either<EliminationFacts> auto& s, auto visit) {
  visit("damping", s.damping);
  visit("lambda", s.lambda);
  visit("sum_squares", s.sum_squares);
  visit("largest_square", s.largest_square);
  visit("sum_logs", s.sum_logs);
  visit("live", s.live);
  visit("starts_at_minimum", s.starts_at_minimum);
  visit("shift_energy", s.shift_energy);
  visit("weight_error", s.weight_error);
  visit("deviation_energy", s.deviation_energy);
  visit("first_square", s.first_square);
  visit("first_misses", s.first_misses);
  visit("first_shift", s.first_shift);
}

void fields(Either<PathCovariance> auto& s, auto visit) {
  visit("trace", s.trace);
  visit("trace_square", s.trace_square);
  visit("norm", s.norm);
  visit("max_diagonal", s.max_diagonal);
  visit("sum_norms", s.sum_norms);
  visit("directional", s.directional);
  visit("sweep_norm", s.sweep_norm);
  visit("input_spectrum", s.input_spectrum);
}

void fields(Either<PathGrowth> auto& s, auto visit) {
  visit("live_columns", s.live_columns);
  visit("largest", s.largest);
  visit("sum_squares", s.sum_squares);
}

void fields(Either<FreshSpread> auto& s, auto visit) {
  visit("path", s.path);
  visit("memoryless", s.memoryless);
  visit("dead_columns", s.dead_columns);
}

inline nlohmann::json stored_value(const Vector& values) {
  return std::vector<double>(values.begin(), values.end());
}
template <class T>
nlohmann::json stored_value(const T& value) {
  return value;
}

inline void read_value(const nlohmann::json& stored, Vector& values) {
  const auto list = stored.get<std::vector<double>>();
  values = Eigen::Map<const Vector>(list.data(), static_cast<Index>(list.size()));
}
template <class T>
void read_value(const nlohmann::json& stored, T& value) {
  value = stored.get<T>();
}

/// Every field under its name.
template <class T>
nlohmann::json write_fields(const T& from) {
  nlohmann::json stored;
  fields(from, [&](const char* name, const auto& value) { stored[name] = stored_value(value); });
  return stored;
}

/// Throws nlohmann::json::exception where a field is missing or of another type.
template <class T>
T read_fields(const nlohmann::json& stored) {
  T into;
  fields(into, [&](const char* name, auto& value) { read_value(stored.at(name), value); });
  return into;
}

}  // namespace pathquant
