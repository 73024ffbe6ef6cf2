// How a task ends: from what it returns or throws to what is stored.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "experiments/task/task.hpp"

namespace pathquant {

/// What a task's end is stored as: its content, or {"error": reason}.
struct TaskEnd {
  std::string status;
  std::string content;
};

using TimeLimit = std::optional<std::chrono::duration<double>>;

/// A failed end with this reason.
TaskEnd failed_end(const std::string& reason, const char* status = "failed");

/// Runs the computation in this thread. Nothing when it was told to stop. `limit` is for the message only.
std::optional<TaskEnd> end_of_task(const Computation& computation, TaskContext context, TimeLimit limit);

/// The same, stopped at its limit or when `drop` is raised.
std::optional<TaskEnd> run_in_this_process(const Task& task, TimeLimit limit, TaskCache& cache, Checkpoint& checkpoint,
                                           const std::atomic<bool>& drop);

}  // namespace pathquant
