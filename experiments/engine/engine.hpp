// Contract of an engine: what runs the tasks of a sweep.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "experiments/store/store.hpp"
#include "experiments/task/task.hpp"
#include "experiments/task/task_cache.hpp"

namespace pathquant {

struct EngineOptions {
  int jobs = 1;                                               ///< tasks at a time
  std::optional<std::chrono::duration<double>> timeout = {};  ///< of each task
  std::size_t cache_bytes = default_cache_bytes();            ///< of the values that tasks share
};

/// What is told of the tasks of a run. An engine calls it from several threads at once.
class Events {
 public:
  virtual ~Events() = default;
  /// These tasks are to be run, besides those of before.
  virtual void added(const std::vector<Task>& /*tasks*/) {}
  virtual void started(const Task& /*task*/) {}
  /// The task has ended, well or not (is_bad), and its result has been given to the store.
  virtual void finished(const StoredTask& /*task*/) {}
  /// Its result is on disk.
  virtual void committed(const StoredTask& /*task*/) {}
};

/// Flags that end a run early. They may be raised at any time.
struct StopFlags {
  const std::atomic<bool>& take_no_more;  ///< start no more tasks
  const std::atomic<bool>& drop;          ///< give up the running ones; the next start runs them
};

/// A later engine (Slurm) is one more file, and a line in make_engine().
class Engine {
 public:
  virtual ~Engine() = default;
  /// Runs the tasks, as a rule in the order of a TaskQueue, and puts what they found into the store. A task's exception is
  /// that task's failure. Returns when all are done or the flags say so. Throws StoreError when results cannot be stored.
  virtual void run(std::vector<Task> tasks, TaskWriter& store, Events& events, const StopFlags& stop) = 0;
};

using Computations = std::vector<std::shared_ptr<const Computation>>;

/// Runs every task in this process.
std::unique_ptr<Engine> make_threads_engine(const EngineOptions& options);
/// Runs the tasks that are isolated() in processes of their own, the others as the threads engine does. `computations`
/// holds what will be run. To be made before there is another thread. Throws std::runtime_error when there can be no
/// other process.
std::unique_ptr<Engine> make_isolated_engine(const EngineOptions& options, const Computations& computations);

/// By name: threads, isolated. Throws std::invalid_argument.
std::unique_ptr<Engine> make_engine(const std::string& name, const EngineOptions& options,
                                    const Computations& computations);

}  // namespace pathquant
