// Runs the tasks of a sweep with an engine: storing, progress, signals, and the tasks that follow from others.
#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "experiments/engine/engine.hpp"

namespace pathquant {

struct RunOptions {
  bool fail_fast = false;  ///< take no more tasks after a failure
  bool quiet = false;
};

struct RunOutcome {
  StoredTasks finished;  ///< committed by this run
  int signal = 0;        ///< that stopped it, or 0
};

/// The tasks that follow from what the last ones found; none: that was all.
using NextTasks = std::function<std::vector<Task>(const StoredTasks& done)>;

/// Runs the tasks, and then those that follow, until none do. Stores them in `folder`. Throws StoreError when results
/// cannot be written.
RunOutcome run_tasks(std::vector<Task> tasks, Engine& engine, const std::filesystem::path& folder,
                     const RunOptions& options, const NextTasks& next = {});

}  // namespace pathquant
