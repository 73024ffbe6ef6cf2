// What is stored of a task so that lines can be evaluated without running it again, and how it is read back.
#pragma once

#include <nlohmann/json.hpp>

#include "core/bounds/shared/bound.hpp"

namespace pathquant {

/// What evaluate() stores under "statistics".
nlohmann::json stored_statistics(const LayerStatistics& statistics, const Alphabet& alphabet,
                                 const std::optional<double>& fresh_energy, const Vector& row_space_deviations);

/// The facts of a stored task, ready for the lines; `content` is {"record": .., "statistics": ..}.
LayerFacts stored_facts(const nlohmann::json& content, LayerShape shape, bool mismatch,
                        const ColumnDistribution& columns, const QuantizerTraits& traits);

nlohmann::json to_json(const PathCovariance& path);
PathCovariance path_covariance_from(const nlohmann::json& json);
nlohmann::json to_json(const PathGrowth& growth);
PathGrowth path_growth_from(const nlohmann::json& json);
nlohmann::json to_json(const FreshSpread& spread);
FreshSpread fresh_spread_from(const nlohmann::json& json);

}  // namespace pathquant
