// Threads of this process that take tasks one after another, whatever each task is run by.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "experiments/engine/engine.hpp"
#include "experiments/engine/task_end.hpp"

namespace pathquant {

/// Runs one task to its end. Nothing when it was dropped.
using RunTask = std::function<std::optional<TaskEnd>(const Task& task, Checkpoint& checkpoint)>;

/// Engine::run() with `jobs` workers.
void run_on_team(std::vector<Task> tasks, int jobs, const RunTask& run_task, TaskWriter& store, Events& events,
                 const StopFlags& stop);

}  // namespace pathquant
