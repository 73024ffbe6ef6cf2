#include "experiments/engine/engine.hpp"
#include "experiments/engine/isolation.hpp"
#include "experiments/engine/worker_team.hpp"

namespace pathquant {
namespace {

class IsolatedEngine final : public Engine {
 public:
  IsolatedEngine(const EngineOptions& options, const Computations& computations)
      : options_(options), cache_(options.cache_bytes) {
    Computations isolated;
    for (const auto& computation : computations)
      if (computation->isolated()) isolated.push_back(computation);
    if (!isolated.empty()) isolation_ = std::make_unique<Isolation>(std::move(isolated));
  }

  void run(std::vector<Task> tasks, TaskWriter& store, Events& events, const StopFlags& stop) override {
    const RunTask run_task = [&](const Task& task, Checkpoint& checkpoint) {
      return task.computation->isolated()
                 ? isolation_->run(*task.computation, task.trial, options_.timeout, checkpoint, stop.drop)
                 : run_in_this_process(task, options_.timeout, cache_, checkpoint, stop.drop);
    };
    run_on_team(std::move(tasks), options_.jobs, run_task, store, events, stop);
  }

 private:
  EngineOptions options_;
  TaskCache cache_;
  std::unique_ptr<Isolation> isolation_;  ///< null where nothing is isolated
};

}  // namespace

std::unique_ptr<Engine> make_isolated_engine(const EngineOptions& options, const Computations& computations) {
  return std::make_unique<IsolatedEngine>(options, computations);
}

}  // namespace pathquant
