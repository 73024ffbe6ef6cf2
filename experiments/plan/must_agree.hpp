// Which stored contents of a sweep must be the same in every database of its folder.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "experiments/plan/plan.hpp"

namespace pathquant {

/// For LoadRules: true for the ids of what the plan computes, but for computations whose content may differ, and for
/// those of `forgotten`, which are run anew in any case. What other plans have left in the folder is not asked about.
std::function<bool(const std::string&)> must_agree_in(const Plan& plan, const std::vector<PlannedCell>& forgotten);

}  // namespace pathquant
