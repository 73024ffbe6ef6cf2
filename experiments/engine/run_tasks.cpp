#include "experiments/engine/run_tasks.hpp"

#include <mutex>

#include "experiments/engine/progress.hpp"
#include "experiments/engine/signals.hpp"

namespace pathquant {
namespace {

// What is known of the tasks of a run while it goes on.
class Run final : public Events {
 public:
  explicit Run(const RunOptions& options) : fail_fast_(options.fail_fast), progress_(options.quiet) {}

  void added(const std::vector<Task>& tasks) override { progress_.added(tasks); }

  void finished(const StoredTask& task) override {
    if (fail_fast_ && is_bad(task)) signals_.take_no_more_tasks();
    const std::scoped_lock lock(mutex_);
    group_.insert_or_assign({task.cell_id, task.trial}, task);
  }

  void committed(const StoredTask& task) override {
    progress_.committed(task);
    const std::scoped_lock lock(mutex_);
    outcome_.finished.insert_or_assign({task.cell_id, task.trial}, task);
  }

  StopFlags stop() const { return {signals_.take_no_more(), signals_.drop()}; }
  /// What finished since the last call.
  StoredTasks take_group() { return std::exchange(group_, {}); }
  RunOutcome outcome() {
    outcome_.signal = signals_.received();
    return std::move(outcome_);
  }

 private:
  const bool fail_fast_;
  Signals signals_;
  Progress progress_;
  std::mutex mutex_;  // guards what follows
  StoredTasks group_;
  RunOutcome outcome_;
};

}  // namespace

RunOutcome run_tasks(std::vector<Task> tasks, Engine& engine, const std::filesystem::path& folder,
                     const RunOptions& options, const NextTasks& next) {
  Run run(options);
  TaskWriter store(folder, [&run](const StoredTask& task) { run.committed(task); });
  const StopFlags stop = run.stop();
  while (!tasks.empty()) {
    run.added(tasks);
    engine.run(std::move(tasks), store, run, stop);
    const StoredTasks done = run.take_group();
    tasks.clear();
    if (next && !stop.take_no_more) tasks = next(done);
  }
  store.close();
  return run.outcome();
}

}  // namespace pathquant
