// Tests of inputs shared by several cells: drawn once, with results as if drawn separately.
#include <doctest/doctest.h>

#include <atomic>
#include <mutex>

#include "experiments/engine/run_tasks.hpp"
#include "experiments/kinds/layer/layer_cell.hpp"
#include "experiments/measure/input_statistics.hpp"
#include "tests/core/inputs/input_distributions.hpp"
#include "tests/temporary_folder.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace shared_inputs_test {

/// Gaussian inputs that count how often they are drawn.
class CountingDistribution final : public InputDistribution {
 public:
  explicit CountingDistribution(std::atomic<int>& drawn) : law_(make_inputs("gaussian", {})), drawn_(drawn) {}
  bool random(Index samples) const override { return law_->random(samples); }
  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    ++drawn_;
    return law_->open(key, samples, width);
  }

 private:
  std::unique_ptr<InputDistribution> law_;
  std::atomic<int>& drawn_;
};

LayerSetup setup_of(const std::shared_ptr<const InputDistribution>& law, double step, double mismatch) {
  LayerSetup setup;
  setup.inputs.law = law;
  setup.inputs.samples = 6;
  setup.inputs.width = 20;
  setup.inputs.mismatch = mismatch;
  setup.inputs.identity = {{"mismatch", mismatch}};
  setup.identity = {{"step", step}, {"mismatch", mismatch}, {"weights", "gaussian"}};
  const WeightEntry& weights = *Registry<WeightEntry>::instance().find("gaussian");
  setup.weights = weights.make(Parameters(weights.description.parameters, {}));
  setup.neurons = 3;
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find("gpfq");
  const Parameters parameters(entry.description.parameters,
                              {{"alphabet.levels", std::string("infinite")}, {"alphabet.step", step}});
  setup.quantizer = entry.make(parameters);
  setup.alphabet = std::make_shared<AlphabetRule>(parameters);
  return setup;
}

TEST_CASE("cells with one X draw it once a trial, with the bytes that each draws alone") {
  std::atomic<int> drawn = 0;
  const auto law = std::make_shared<CountingDistribution>(drawn);
  for (const double mismatch : {0.0, 0.1})
    for (const int jobs : {1, 3}) {
      CAPTURE(mismatch);
      CAPTURE(jobs);
      std::vector<std::shared_ptr<const Computation>> computations;
      for (const double step : {0.25, 0.5, 1.0}) {
        const LayerSetup setup = setup_of(law, step, mismatch);
        computations.push_back(make_layer_cell(setup));
        if (step == 0.25)
          computations.push_back(
              path_covariance_of({setup.seed, setup.precision, setup.inputs, FeatureOrder::natural}));
      }
      std::vector<Task> tasks;
      for (const auto& computation : computations)
        for (std::int64_t trial = 0; trial < 5; ++trial) tasks.push_back({computation, trial});
      const TemporaryFolder folder;
      drawn = 0;
      const auto engine = make_threads_engine({.jobs = jobs});
      const RunOutcome outcome = run_tasks(tasks, *engine, folder.path(), {.quiet = true});
      if (jobs == 1) CHECK(drawn == 5);
      REQUIRE(outcome.finished.size() == tasks.size());
      for (const Task& task : tasks) {
        TaskCache empty(0);
        const StoredTask& stored = outcome.finished.at(task.key());
        REQUIRE(stored.status == "ok");
        const ExecutionContext execution;
        Checkpoint checkpoint;
        TaskContext context{task.trial, execution, empty, checkpoint};
        CHECK(nlohmann::json::parse(stored.content) == task.computation->run(context));
      }
    }
}

}  // namespace shared_inputs_test
