// The `context` of results.json: everything about a run that is not a result.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "experiments/config/config.hpp"
#include "experiments/task/column.hpp"

namespace pathquant {

struct RunContext {
  std::vector<std::string> arguments;  ///< argv
  int jobs = 1;
  std::vector<std::pair<std::string, std::string>> extra;  ///< --context k=v
};

/// Whether make_context() says something under this key by itself.
bool is_context_key(const std::string& key);

/// `columns`: of the records. The date is UTC, ISO 8601; seeds are texts, for readers that hold numbers as doubles.
nlohmann::ordered_json make_context(const Config& config, const ColumnTable& columns, const RunContext& run);

}  // namespace pathquant
