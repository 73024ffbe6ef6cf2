// Tests of the stopping rule: by hand, and as a function of the first trials only.
#include "experiments/plan/stopping.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/experiments/config_text.hpp"
#include "tests/experiments/fake_cell.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace stopping_test {

const std::string adaptive = "trials: {until: 0.05, of: relative_squared_error, max: 200}\n";

StopRule rule(double until, std::int64_t batch) {
  StopRule stop;
  stop.until = until;
  stop.metric = "error";
  stop.batch = batch;
  return stop;
}

struct Scene {
  PlannedCell planned{std::make_shared<FakeCell>("a"), 50};
  StoredTasks stored;

  void ok(std::int64_t trial, double error) {
    stored[{"a", trial}] = {"a", trial, "ok",
                            R"({"layers":[{"layer":null,"record":{"error":)" + std::to_string(error) + "}}]}", 0};
  }
  void failed(std::int64_t trial) { stored[{"a", trial}] = {"a", trial, "failed", R"({"error":"no"})", 0}; }
  TrialCount count(const StopRule& stop) const { return TrialCounter(stop).count(planned, stored); }
};

TEST_CASE("without a rule, or without anything random, the number is fixed") {
  Scene scene;
  const TrialCount fixed = TrialCounter(std::nullopt).count(scene.planned, scene.stored);
  CHECK(fixed.wanted == 50);
  CHECK(fixed.settled);
  scene.planned.trials = 1;
  CHECK(scene.count(rule(0.1, 10)).wanted == 1);
}

TEST_CASE("one batch after the other until the interval is narrow") {
  Scene scene;
  CHECK(scene.count(rule(0.1, 4)).wanted == 4);
  CHECK_FALSE(scene.count(rule(0.1, 4)).settled);
  for (const auto& [trial, error] : {std::pair{0, 1.0}, {1, 3.0}, {2, 1.0}}) scene.ok(trial, error);
  CHECK(scene.count(rule(0.1, 4)).wanted == 4);
  scene.ok(3, 3.0);
  // Mean 2, deviation 2/sqrt(3), standard error 1/sqrt(3); Student's t with 3 degrees has 3.182446305 at 97.5 %.
  const double half_width = 3.182446305284263 / std::sqrt(3.0) / 2;
  const TrialCount four = scene.count(rule(0.1, 4));
  CHECK(four.wanted == 8);
  CHECK_FALSE(four.settled);
  CHECK(*four.half_width == doctest::Approx(half_width).epsilon(1e-9).scale(0));
  CHECK(scene.count(rule(half_width * (1 + 1e-6), 4)).wanted == 4);
  CHECK(scene.count(rule(half_width * (1 + 1e-6), 4)).settled);
  CHECK(scene.count(rule(half_width * (1 - 1e-6), 4)).wanted == 8);
  for (int trial = 4; trial < 8; ++trial) scene.ok(trial, 2.0);
  CHECK(*scene.count(rule(0.1, 4)).half_width < half_width / 1.5);
  CHECK(scene.count(rule(0.5, 4)).wanted == 8);
  CHECK(scene.count(rule(0.5, 4)).settled);
}

TEST_CASE("the first trials alone decide, whatever else is stored") {
  Scene scene;
  for (int trial = 0; trial < 10; ++trial) scene.ok(trial, 2 + 0.001 * (trial % 3));
  for (int trial = 10; trial < 50; ++trial) scene.ok(trial, trial % 2 == 0 ? 1e6 : -1e6);
  CHECK(scene.count(rule(0.1, 5)).wanted == 5);
  CHECK(scene.count(rule(1e-4, 10)).wanted == 50);
  scene.stored.erase({"a", 3});
  CHECK(scene.count(rule(0.1, 5)).wanted == 5);
  CHECK_FALSE(scene.count(rule(0.1, 5)).settled);
}

TEST_CASE("the most is the most, also where it is no multiple of the batch") {
  Scene scene;
  for (int trial = 0; trial < 50; ++trial) scene.ok(trial, trial % 2 == 0 ? 1 : -1);
  const TrialCount all = scene.count(rule(0.1, 20));
  CHECK(all.wanted == 50);
  CHECK(all.settled);
  CHECK_FALSE(all.reached);
  scene.stored.erase({"a", 49});
  CHECK(scene.count(rule(0.1, 20)).wanted == 50);
  CHECK_FALSE(scene.count(rule(0.1, 20)).settled);
}

TEST_CASE("failed trials count as run but not as measured; a metric without a value is never known") {
  Scene scene;
  for (int trial = 0; trial < 5; ++trial) scene.failed(trial);
  CHECK(scene.count(rule(0.9, 5)).wanted == 10);
  scene.ok(5, 1.0);
  for (int trial = 6; trial < 10; ++trial) scene.failed(trial);
  CHECK(scene.count(rule(0.9, 5)).wanted == 15);  // one value has no interval
  for (int trial = 10; trial < 15; ++trial) scene.ok(trial, 1.0);
  CHECK(scene.count(rule(0.9, 5)).wanted == 15);
  CHECK(*scene.count(rule(0.9, 5)).half_width == 0);
  Scene zero;  // the mean is 0 and known
  for (int trial = 0; trial < 5; ++trial) zero.ok(trial, 0.0);
  CHECK(zero.count(rule(0.9, 5)).settled);
  StopRule other = rule(0.9, 25);
  other.metric = "absent";
  for (int trial = 0; trial < 50; ++trial) scene.ok(trial, 1.0);
  CHECK(scene.count(other).wanted == 50);
  CHECK_FALSE(scene.count(other).reached);
}

TEST_CASE("the rule is read from the config, written down with its batch, and may be overridden") {
  const Plan plan = plan_of(small_layer + adaptive);
  REQUIRE(plan.config.stop.has_value());
  CHECK(plan.config.stop->until == 0.05);
  CHECK(plan.config.stop->metric == "relative_squared_error");
  CHECK(plan.config.stop->batch == 20);
  CHECK(plan.config.trials == 200);
  CHECK(plan.cells.front().trials == 200);
  CHECK(plan.config.resolved["trials"].dump() ==
        R"({"until":0.05,"of":"relative_squared_error","max":200,"batch":20})");
  CHECK(plan_of(small_layer + adaptive, {{"trials.until", "0.5"}, {"trials.batch", "5"}}).config.stop->batch == 5);
  CHECK_FALSE(plan_of(small_layer + adaptive, {{"trials", "7"}}).config.stop.has_value());
  CHECK(plan_of(small_layer + adaptive).cells.front().cell->id() == plan_of(small_layer).cells.front().cell->id());
}

TEST_CASE("what is wrong with a rule is said at its place") {
  const auto said = [](const std::string& text) { return said_of_plan("trials: " + text + "\n" + small_layer); };
  CHECK(said("{until: 0.1, of: relative_squared_eror, max: 50}") ==
        Texts{"1:26: trials.of must be a measured column, not relative_squared_eror (did you mean "
              "'relative_squared_error'?)"});
  CHECK(said("{until: 0.1, of: clipped}") == Texts{"1:9: trials.max is missing: most trials of a cell"});
  CHECK(said("{until: 0.1, max: 50}") ==
        Texts{"1:9: trials.of is missing: the measured column whose mean is estimated"});
  CHECK(said("{untill: 0.1, of: clipped, max: 50}").front() ==
        "1:9: trials.until is missing: largest relative half-width of the 95 % interval of a cell's mean");
  CHECK(said("{until: 0.1, untill: 0.1, of: clipped, max: 50}") ==
        Texts{"1:22: unknown key 'untill' in trials (did you mean 'until'?)"});
  CHECK(said("{until: 0, of: clipped, max: 50}").front().starts_with("1:17: trials.until must be a number > 0"));
  CHECK(said("{until: 2, of: clipped, max: 50}").size() == 1);
  CHECK(said("{until: 0.1, of: clipped, max: 1}").size() == 1);
  CHECK(said("{until: 0.1, of: 3, max: 50}") == Texts{"1:26: trials.of must be the name of a measured column"});
  CHECK(said("{until: 0.1, of: clipped, max: [50, 60]}").size() == 1);
  CHECK(said("{until: 0.1, of: clipped, max: 50, batch: 1}").size() == 1);
  CHECK(said("[10, 20]").front().find("trials must be an integer") != std::string::npos);
}

}  // namespace stopping_test
