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
#include <cstdint>
#include <optional>

#include "experiments/engine/engine.hpp"
#include "experiments/engine/task_end.hpp"

namespace pathquant {

class Isolation {
 public:
  /// Of these computations; to be made before there is another thread. Throws std::runtime_error when there can be no
  /// other process.
  explicit Isolation(Computations computations);
  ~Isolation();
  Isolation(const Isolation&) = delete;
  Isolation& operator=(const Isolation&) = delete;

  /// Runs the task in another process and waits for it; its parts are kept by `checkpoint` in this one. Thread-safe.
  /// Nothing when `drop` was raised meanwhile.
  std::optional<TaskEnd> run(const Computation& computation, std::int64_t trial, TimeLimit limit,
                             Checkpoint& checkpoint, const std::atomic<bool>& drop) const;

  /// The limit of a task that may hang, where the user gives none.
  static constexpr std::chrono::duration<double> standard_limit{3600};

 private:
  int requests_ = -1;  // a socket to the helper
  int helper_ = 0;
};

}  // namespace pathquant
