#include "experiments/run/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <new>
#include <tuple>

#include "experiments/json_text.hpp"
#include "experiments/run/progress.hpp"
#include "experiments/run/signals.hpp"

namespace pathquant {
namespace {

using Clock = Interrupt::Clock;

std::string reason(const std::string& text) {
  return to_json(nlohmann::json{{"error", text}});
}

// Nothing when the task was dropped: it will be run by the next start.
std::optional<StoredTask> run_task(const Task& task, const RunOptions& options, const std::atomic<bool>& drop) {
  StoredTask stored;
  std::tie(stored.cell_id, stored.trial) = task.key();
  const auto start = Clock::now();
  std::optional<Clock::time_point> deadline;
  if (options.timeout) deadline = start + std::chrono::duration_cast<Clock::duration>(*options.timeout);
  try {
    stored.content = to_json(task.computation->run(task.trial, Interrupt(&drop, deadline)));
    stored.status = "ok";
  } catch (const TimedOut&) {
    stored.status = "timeout";
    stored.content = reason(fmt::format("took longer than the limit of {} s", options.timeout->count()));
  } catch (const Stopped&) {
    return std::nullopt;
  } catch (const Skipped& skipped) {
    stored.status = "skipped";
    stored.content = reason(skipped.what());
  } catch (const std::bad_alloc&) {
    stored.status = "failed";
    stored.content = reason("not enough memory for this task");
  } catch (const std::exception& error) {
    stored.status = "failed";
    stored.content = reason(error.what());
  } catch (...) {  // must not leave the parallel region
    stored.status = "failed";
    stored.content = reason("an exception that is no std::exception");
  }
  stored.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return stored;
}

}  // namespace

RunOutcome run_tasks(std::vector<Task> tasks, const std::filesystem::path& folder, const RunOptions& options) {
  RunOutcome outcome;
  std::map<TaskKey, double> costs;
  double total = 0;
  for (const Task& task : tasks) total += costs[task.key()] = task.computation->cost();
  // A large task at the end would leave the other workers idle.
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const Task& a, const Task& b) { return a.computation->cost() > b.computation->cost(); });

  const Signals signals;
  std::atomic<bool> failed = false;
  std::atomic<bool> store_broken = false;
  std::atomic<std::size_t> next = 0;
  Progress progress(tasks.size(), total, options.quiet);
  TaskWriter writer(folder, [&](const StoredTask& task) {
    const TaskKey key{task.cell_id, task.trial};
    progress.task_done(costs.at(key), task.status == "failed" || task.status == "timeout");
    outcome.finished[key] = task;
  });

  // An exception must not leave the parallel region: a broken store is remembered here and thrown by close().
#pragma omp parallel num_threads(options.jobs)
  while (!signals.take_no_more() && !store_broken && !(options.fail_fast && failed)) {
    const std::size_t index = next++;
    if (index >= tasks.size()) break;
    std::optional<StoredTask> stored = run_task(tasks[index], options, signals.drop());
    if (!stored) break;
    if (stored->status == "failed" || stored->status == "timeout") failed = true;
    try {
      writer.put(std::move(*stored));
    } catch (const StoreError&) {
      store_broken = true;
    }
  }
  writer.close();
  outcome.signal = signals.received();
  return outcome;
}

}  // namespace pathquant
