// What a task is run with: its trial, how it is executed, and what it shares with other tasks and with its own past.
#pragma once

#include <cstdint>

#include "core/execution.hpp"
#include "experiments/task/checkpoint.hpp"
#include "experiments/task/task_cache.hpp"

namespace pathquant {

struct TaskContext {
  std::int64_t trial = 0;
  const ExecutionContext& execution;  ///< cancellation, deadline, threads
  TaskCache& cache;                   ///< values that several tasks of the run need
  Checkpoint& checkpoint;             ///< parts of this task that an earlier start has finished
};

}  // namespace pathquant
