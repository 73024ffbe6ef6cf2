// A row of a flat table of results.json.
#pragma once

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

namespace pathquant {

using Row = nlohmann::ordered_json;

/// Null where there is no number, or none that JSON can say.
inline Row or_null(std::optional<double> value) {
  return value && std::isfinite(*value) ? Row(*value) : Row(nullptr);
}

}  // namespace pathquant
