// What a run prints below its table: exponents, paired differences, the audit of the lines.
#pragma once

#include <string>
#include <vector>

#include "experiments/plan/plan.hpp"
#include "experiments/results/collect.hpp"

namespace pathquant {

/// Exponents along the axis and of the errors that the config plots on logarithmic scales (without a plot: every axis,
/// relative_squared_error) and of the plan's costs, and pairs, of the cells of `shown`; the audit is of the whole sweep. Empty
/// where there is nothing to say.
std::string statements(const Plan& plan, const std::vector<PlannedCell>& shown, const Results& results);

}  // namespace pathquant
