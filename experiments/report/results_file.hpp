// results.json: schema, context, records, bounds, summary, and what they say together: rates, exponents, comparisons,
// leaderboard, audit.
#pragma once

#include <filesystem>

#include "experiments/results/collect.hpp"

namespace pathquant {

/// Throws StoreError, naming it, where something is in the file's place that is no regular file: to be asked before the
/// work whose results go there.
void check_results_file(const std::filesystem::path& file);

/// Writes the file, and its folder, in one step (it is there whole or not at all), one row a line. A file that already says the same -
/// times and context aside - is left as it is. Returns whether it was written. Throws StoreError when it cannot be.
bool write_results(const std::filesystem::path& file, const nlohmann::ordered_json& context, const Results& results);

}  // namespace pathquant
