// A row of a flat table of results.json.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace pathquant {

using Row = nlohmann::ordered_json;

/// Begins a row about one layer of a cell: `layer` is null for a task about a single layer, the layer's index in a
/// network, -1 for the network as a whole.
inline Row row_about(const std::string& cell_id, const Row& layer) {
  return {{"cell_id", cell_id}, {"layer", layer}};
}
/// The same with the trial between them: of the tables `records` and `bounds`.
inline Row row_about(const std::string& cell_id, const Row& trial, const Row& layer) {
  return {{"cell_id", cell_id}, {"trial", trial}, {"layer", layer}};
}

/// Null where there is no number, or none that JSON can say.
inline Row or_null(std::optional<double> value) {
  return value && std::isfinite(*value) ? Row(*value) : Row(nullptr);
}

}  // namespace pathquant
