#include "experiments/engine/engine.hpp"
#include "experiments/engine/worker_team.hpp"

namespace pathquant {
namespace {

class ThreadsEngine final : public Engine {
 public:
  explicit ThreadsEngine(const EngineOptions& options) : options_(options), cache_(options.cache_bytes) {}

  void run(std::vector<Task> tasks, TaskWriter& store, Events& events, const StopFlags& stop) override {
    const RunTask run_task = [&](const Task& task, Checkpoint& checkpoint) {
      return run_in_this_process(task, options_.timeout, cache_, checkpoint, stop.drop);
    };
    run_on_team(std::move(tasks), options_.jobs, run_task, store, events, stop);
  }

 private:
  EngineOptions options_;
  TaskCache cache_;
};

}  // namespace

std::unique_ptr<Engine> make_threads_engine(const EngineOptions& options) {
  return std::make_unique<ThreadsEngine>(options);
}

}  // namespace pathquant
