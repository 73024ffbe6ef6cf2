// The theoretical lines of one task of a layer.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "core/bounds/shared/bound.hpp"
#include "experiments/task/experiment.hpp"

namespace pathquant {

/// Multiply-adds of what the lines look at beside a task's own content.
struct StatisticCosts {
  double path_covariance = 0;
  double path_growth = 0;
  double fresh_spread = 0;

  double of(const BoundEntry& line) const;
};

/// Whether a line of this selection may have what it looks at: where that costs more than the quantizer, it must be
/// named.
bool affords(const BoundEntry& line, const BoundSelection& selection, const StatisticCosts& costs,
             double quantizer_cost);

/// All selected lines that concern this quantizer and what was measured in `record`; one that is named gets a row in
/// any case. `unit` is the relative rounding error of the arithmetic that made Q, 2^-24 or 2^-53.
std::vector<BoundRow> layer_bounds(const LayerFacts& facts, const BoundSelection& selection, double probability,
                                   const nlohmann::json& record, const StatisticCosts& costs, double quantizer_cost,
                                   double unit);

}  // namespace pathquant
