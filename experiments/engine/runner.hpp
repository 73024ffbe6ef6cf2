// Runs tasks on a team of workers and hands what they found to the store.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "experiments/engine/isolation.hpp"
#include "experiments/engine/task_queue.hpp"

namespace pathquant {

struct RunOptions {
  int jobs = 1;
  std::optional<std::chrono::duration<double>> timeout = {};  ///< of each task
  bool fail_fast = false;                                     ///< take no more tasks after a failure
  bool quiet = false;
  /// Runs the tasks that are untrusted; null: they run like all others.
  std::shared_ptr<const Isolation> isolation = {};
};

struct RunOutcome {
  StoredTasks finished;  ///< committed by this run
  int signal = 0;        ///< that stopped it, or 0
};

/// The tasks that follow from what the last ones found; none: that was all.
using NextTasks = std::function<std::vector<Task>(const StoredTasks& done)>;

/// Runs the tasks in the order of a TaskQueue, and then those that follow, until none do. A task's exception is that
/// task's failure and never ends the run. Throws StoreError when results cannot be written.
RunOutcome run_tasks(std::vector<Task> tasks, const std::filesystem::path& folder, const RunOptions& options,
                     const NextTasks& next = {});

}  // namespace pathquant
