// Tasks in processes of their own: those that run what the program was not built with - plugins, external commands -,
// of which one that crashes, hangs or writes without end costs that task and no other; and those that measure the
// process.
//
// A helper process is forked while this one has a single thread, and knows the computations; it forks once more for
// every task, and that process watches the one that does the work. So no process is a copy of one with threads, and
// when the sweep ends, however it ends, everything that was started for it ends as well.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "experiments/store/store.hpp"
#include "experiments/task/experiment.hpp"

namespace pathquant {

/// What a task's end is stored as: its content, or {"error": reason}.
struct TaskEnd {
  std::string status;
  std::string content;
};

/// Runs the task here. Nothing when it was told to stop.
std::optional<TaskEnd> end_of_task(const Computation& computation, TaskContext context,
                                   std::optional<std::chrono::duration<double>> limit);

class Isolation {
 public:
  using Limit = std::optional<std::chrono::duration<double>>;

  /// Of these computations; to be made before there is another thread. Throws std::runtime_error when there can be no
  /// other process.
  explicit Isolation(std::vector<std::shared_ptr<const Computation>> computations);
  ~Isolation();
  Isolation(const Isolation&) = delete;
  Isolation& operator=(const Isolation&) = delete;

  /// Runs the task in another process and waits for it. Thread-safe. Nothing when `drop` was raised meanwhile.
  std::optional<TaskEnd> run(const Computation& computation, std::int64_t trial, Limit limit,
                             const std::atomic<bool>& drop) const;

  /// The limit of a task that may hang, where the user gives none.
  static constexpr std::chrono::duration<double> standard_limit{3600};

 private:
  int requests_ = -1;  // a socket to the helper
  int helper_ = 0;
};

}  // namespace pathquant
