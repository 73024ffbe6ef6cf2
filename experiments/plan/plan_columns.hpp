// The columns of a sweep's records: the parameters of its cells, then what its experiment measures.
#pragma once

#include <vector>

#include "experiments/plan/plan.hpp"

namespace pathquant {

/// Every column that a figure may show. Labels and meanings of parameters are those of the parameter tables: of the
/// experiment, and of what the first cell that has the column names in the section.
ColumnTable plan_columns(const std::vector<PlannedCell>& cells, const ExperimentEntry& experiment);

}  // namespace pathquant
