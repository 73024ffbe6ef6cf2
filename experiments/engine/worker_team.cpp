#include "experiments/engine/worker_team.hpp"

#include <omp.h>

#include <exception>
#include <mutex>
#include <tuple>

#include "experiments/engine/task_queue.hpp"

namespace pathquant {
namespace {

// False when the task was dropped: the next start runs it.
bool run_and_store(const Task& task, const RunTask& run_task, TaskWriter& store, Events& events) {
  using Clock = std::chrono::steady_clock;
  events.started(task);
  const auto start = Clock::now();
  const auto checkpoint = store.checkpoint(task.key());
  std::optional<TaskEnd> end = run_task(task, *checkpoint);
  if (!end) return false;
  StoredTask stored;
  std::tie(stored.cell_id, stored.trial) = task.key();
  stored.status = std::move(end->status);
  stored.content = std::move(end->content);
  stored.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  store.put(stored);
  events.finished(stored);
  return true;
}

}  // namespace

void run_on_team(std::vector<Task> tasks, int jobs, const RunTask& run_task, TaskWriter& store, Events& events,
                 const StopFlags& stop) {
  TaskQueue queue(std::move(tasks), jobs);
  // An exception must not leave the parallel region.
  std::exception_ptr store_error;
  std::atomic<bool> store_broken = false;
  std::mutex mutex;
#pragma omp parallel num_threads(jobs)
  while (!stop.take_no_more && !store_broken) {
    const std::optional<Task> task = queue.take(omp_get_thread_num());
    if (!task) break;
    try {
      if (!run_and_store(*task, run_task, store, events)) break;
    } catch (...) {
      const std::scoped_lock lock(mutex);
      store_error = std::current_exception();
      store_broken = true;
    }
  }
  if (store_error) std::rethrow_exception(store_error);
}

}  // namespace pathquant
