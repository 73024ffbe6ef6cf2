#include "experiments/engine/runner.hpp"

#include <omp.h>

#include <atomic>
#include <map>
#include <mutex>
#include <tuple>

#include "experiments/engine/progress.hpp"
#include "experiments/engine/signals.hpp"
#include "experiments/task/task_cache.hpp"

namespace pathquant {
namespace {

using Clock = ExecutionContext::Clock;

// Nothing when the task was dropped: it will be run by the next start.
std::optional<StoredTask> run_task(const Task& task, const RunOptions& options, TaskCache& cache,
                                   const std::atomic<bool>& drop) {
  const auto start = Clock::now();
  std::optional<TaskEnd> end;
  if (options.isolation && task.computation->isolated()) {
    end = options.isolation->run(*task.computation, task.trial, options.timeout, drop);
  } else {
    std::optional<Clock::time_point> deadline;
    if (options.timeout) deadline = start + std::chrono::duration_cast<Clock::duration>(*options.timeout);
    const ExecutionContext execution(&drop, deadline);
    Checkpoint checkpoint;
    end = end_of_task(*task.computation, {task.trial, execution, cache, checkpoint}, options.timeout);
  }
  if (!end) return std::nullopt;
  StoredTask stored;
  std::tie(stored.cell_id, stored.trial) = task.key();
  stored.status = std::move(end->status);
  stored.content = std::move(end->content);
  stored.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return stored;
}

// What one run holds while its tasks come in groups.
class Run {
 public:
  Run(const std::filesystem::path& folder, const RunOptions& options)
      : options_(options),
        cache_(static_cast<std::size_t>(options.jobs)),
        progress_(options.quiet),
        writer_(folder, [this](const StoredTask& task) { count(task); }) {}

  /// Runs these tasks and returns what they found.
  StoredTasks group(std::vector<Task> tasks) {
    enter(tasks);
    TaskQueue queue(std::move(tasks), options_.jobs);
    StoredTasks done;
    std::mutex mutex;
    // An exception must not leave the parallel region: a broken store is remembered here and thrown by close().
#pragma omp parallel num_threads(options_.jobs)
    while (!over()) {
      const std::optional<Task> task = queue.take(omp_get_thread_num());
      if (!task) break;
      std::optional<StoredTask> stored = run_task(*task, options_, cache_, signals_.drop());
      if (!stored) break;
      if (stored->status == "failed" || stored->status == "timeout") failed_ = true;
      try {
        writer_.put(*stored);
      } catch (const StoreError&) {
        store_broken_ = true;
      }
      const std::scoped_lock lock(mutex);
      done.insert_or_assign(task->key(), std::move(*stored));
    }
    return done;
  }

  /// Whether no more tasks are to be taken.
  bool over() const {
    return signals_.take_no_more() || store_broken_ || (options_.fail_fast && failed_);
  }

  RunOutcome end() {
    writer_.close();
    outcome_.signal = signals_.received();
    return std::move(outcome_);
  }

 private:
  void enter(const std::vector<Task>& tasks) {
    const std::scoped_lock lock(costs_mutex_);
    double total = 0;
    for (const Task& task : tasks) total += costs_[task.key()] = task.computation->cost();
    progress_.add(tasks.size(), total);
  }

  // On the writer's thread.
  void count(const StoredTask& task) {
    const TaskKey key{task.cell_id, task.trial};
    const std::scoped_lock lock(costs_mutex_);
    progress_.task_done(costs_.at(key), task.status == "failed" || task.status == "timeout");
    outcome_.finished[key] = task;
  }

  const RunOptions& options_;
  TaskCache cache_;  // a place for every worker
  const Signals signals_;
  std::atomic<bool> failed_ = false;
  std::atomic<bool> store_broken_ = false;
  std::mutex costs_mutex_;
  std::map<TaskKey, double> costs_;
  Progress progress_;
  RunOutcome outcome_;
  TaskWriter writer_;  // last: its thread uses what stands above
};

}  // namespace

RunOutcome run_tasks(std::vector<Task> tasks, const std::filesystem::path& folder, const RunOptions& options,
                     const NextTasks& next) {
  Run run(folder, options);
  while (!tasks.empty()) {
    const StoredTasks done = run.group(std::move(tasks));
    tasks.clear();
    if (next && !run.over()) tasks = next(done);
  }
  return run.end();
}

}  // namespace pathquant
