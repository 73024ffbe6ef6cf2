// What a run prints below its table: exponents, paired differences, the audit of the lines.
#pragma once

#include <string>
#include <vector>

#include "experiments/plan.hpp"
#include "experiments/results/collect.hpp"

namespace pathquant {

/// Along the axis and of the errors that the config plots (without a plot: every axis, relative_squared_error), and
/// what is about the cells of `shown`; the audit is of the whole sweep. Empty where there is nothing to say.
std::string statements(const Plan& plan, const std::vector<PlannedCell>& shown, const Results& results);

}  // namespace pathquant
