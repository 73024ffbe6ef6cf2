// Runs tasks on a team of workers and hands what they found to the store.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "experiments/experiment.hpp"
#include "experiments/run/isolation.hpp"
#include "experiments/store/store.hpp"

namespace pathquant {

/// One trial of one computation.
struct Task {
  std::shared_ptr<const Computation> computation;
  std::int64_t trial = 0;

  TaskKey key() const { return {computation->id(), trial}; }
};

struct RunOptions {
  int jobs = 1;
  std::optional<std::chrono::duration<double>> timeout = {};  ///< of each task
  bool fail_fast = false;                                     ///< take no more tasks after a failure
  bool quiet = false;
  /// Runs the tasks that are foreign; null: they run like all others.
  std::shared_ptr<const Isolation> isolation = {};
};

struct RunOutcome {
  StoredTasks finished;  ///< committed by this run
  int signal = 0;        ///< that stopped it, or 0
};

/// The tasks that follow from what the last ones found; none: that was all.
using NextTasks = std::function<std::vector<Task>(const StoredTasks& done)>;

/// Runs the tasks, the costliest first, and then those that follow, until none do. A task's exception is that task's
/// failure and never ends the run. Throws StoreError when results cannot be written.
RunOutcome run_tasks(std::vector<Task> tasks, const std::filesystem::path& folder, const RunOptions& options,
                     const NextTasks& next = {});

}  // namespace pathquant
