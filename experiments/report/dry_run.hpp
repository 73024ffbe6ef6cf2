// What `--dry-run` prints: the cells with their state, and what there is to run.
#pragma once

#include <string>

#include "experiments/plan/sweep_tasks.hpp"

namespace pathquant {

/// `todo` is what this start would run, on so many workers.
std::string dry_run_listing(const Plan& plan, const SweepTasks& tasks, const std::vector<Task>& todo, int workers);

}  // namespace pathquant
