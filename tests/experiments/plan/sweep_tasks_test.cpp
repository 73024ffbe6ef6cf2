#include "experiments/plan/sweep_tasks.hpp"

#include <doctest/doctest.h>

#include "experiments/task/layer_content.hpp"
#include "tests/experiments/fake_cell.hpp"

using namespace pathquant;
using pathquant::testing::FakeCell;

namespace sweep_tasks_test {

/// A cell whose bounds need another computation, which it may share.
class NeedyCell final : public FakeCell {
 public:
  NeedyCell(std::string id, std::shared_ptr<const Computation> needed)
      : FakeCell(std::move(id)), needed_(std::move(needed)) {}
  std::vector<std::shared_ptr<const Computation>> statistics(const BoundSelection&) const override { return {needed_}; }

 private:
  std::shared_ptr<const Computation> needed_;
};

/// Cells a, b, c; a and b share a statistic s.
Plan some_plan(std::int64_t trials, std::optional<StopRule> stop = {}) {
  const auto shared = std::make_shared<FakeCell>("s");
  Plan plan;
  plan.config.trials = trials;
  plan.config.stop = std::move(stop);
  plan.cells = {{std::make_shared<NeedyCell>("a", shared), trials},
                {std::make_shared<NeedyCell>("b", shared), trials},
                {std::make_shared<FakeCell>("c"), trials}};
  return plan;
}

StoredTask stored(const TaskKey& key, const std::string& status = "ok", double value = 1) {
  return {key.first, key.second, status, single_layer_content({{"record", {{"x", value}}}}).dump(), 1};
}

std::vector<TaskKey> keys(const std::vector<Task>& tasks) {
  std::vector<TaskKey> keys;
  for (const Task& task : tasks) keys.push_back(task.key());
  return keys;
}

TEST_CASE("tasks stand in plan order, what bounds need before the first cell that asks, each once") {
  const Plan plan = some_plan(2);
  SweepTasks tasks(plan, plan.cells, {}, {});
  CHECK(keys(tasks.take(false)) ==
        std::vector<TaskKey>{{"s", 0}, {"s", 1}, {"a", 0}, {"a", 1}, {"b", 0}, {"b", 1}, {"c", 0}, {"c", 1}});
  CHECK(tasks.taken() == 8);
  CHECK(tasks.take(false).empty());
  CHECK(tasks.computations().size() == 4);
}

TEST_CASE("what is stored is not run again, but for bad tasks on request, once") {
  const Plan plan = some_plan(1);
  for (const bool rerun : {false, true}) {
    SweepTasks tasks(plan, plan.cells, {}, {{{"a", 0}, stored({"a", 0})}, {{"s", 0}, stored({"s", 0}, "timeout")}});
    CHECK(tasks.bad() == 1);
    const auto first = keys(tasks.take(rerun));
    CHECK(first ==
          (rerun ? std::vector<TaskKey>{{"s", 0}, {"b", 0}, {"c", 0}} : std::vector<TaskKey>{{"b", 0}, {"c", 0}}));
    tasks.add({{{"s", 0}, stored({"s", 0}, "failed")}});
    CHECK(tasks.take(rerun).empty());
  }
}

TEST_CASE("shards have every task once, whatever is stored") {
  for (const bool adaptive : {false, true}) {
    const Plan plan = some_plan(3, adaptive ? std::optional(StopRule{0.1, "x", {}, 3}) : std::nullopt);
    SweepTasks whole(plan, plan.cells, {}, {});
    std::multiset<TaskKey> all;
    for (std::size_t part = 1; part <= 2; ++part) {
      SweepTasks shard(plan, plan.cells, {part, 2}, {});
      for (const TaskKey& key : keys(shard.take(false))) all.insert(key);
      SweepTasks later(plan, plan.cells, {part, 2}, {{{"a", 0}, stored({"a", 0})}});
      for (const TaskKey& key : keys(later.take(false))) CHECK(all.contains(key));
    }
    std::set<TaskKey> once(all.begin(), all.end());
    const auto expected = keys(whole.take(false));
    CHECK(once == std::set<TaskKey>(expected.begin(), expected.end()));
    // Cells that are apart may each run the statistic that they share.
    if (!adaptive) CHECK(all.size() == once.size());
  }
}

TEST_CASE("where the number of trials depends on what is found, more tasks follow") {
  const Plan plan = some_plan(6, StopRule{0.1, "x", {}, 2});
  SweepTasks tasks(plan, plan.cells, {}, {});
  std::vector<Task> todo = tasks.take(false);
  CHECK(todo.size() == 8);
  const auto run = [&](const std::vector<Task>& some) {
    StoredTasks found;
    for (const Task& task : some) {
      // Cell c spreads; the others are known at once.
      const double value = task.key().first == "c" ? static_cast<double>(task.trial % 2) : 1;
      found.emplace(task.key(), stored(task.key(), "ok", value));
    }
    tasks.add(found);
  };
  run(todo);
  todo = tasks.take(false);
  CHECK(keys(todo) == std::vector<TaskKey>{{"c", 2}, {"c", 3}});
  run(todo);
  todo = tasks.take(false);
  CHECK(keys(todo) == std::vector<TaskKey>{{"c", 4}, {"c", 5}});
  run(todo);
  CHECK(tasks.take(false).empty());
  CHECK(tasks.count(plan.cells[2]).settled);

  SUBCASE("and all of them are forgotten, so that the same are run again") {
    SweepTasks again(plan, plan.cells, {}, tasks.stored());
    CHECK(again.take(false).empty());
    SweepTasks forced(plan, plan.cells, {}, tasks.stored());
    CHECK(forced.forget().size() == 12);
    CHECK(forced.stored().empty());
    CHECK(forced.take(false).size() == 8);
  }
}

TEST_CASE("only this shard's tasks are forgotten") {
  const Plan plan = some_plan(2);
  StoredTasks all;
  SweepTasks whole(plan, plan.cells, {}, {});
  for (const Task& task : whole.take(false)) all.emplace(task.key(), stored(task.key()));
  SweepTasks shard(plan, plan.cells, {2, 2}, all);
  CHECK(shard.forget() == std::set<TaskKey>{{"s", 1}, {"a", 1}, {"b", 1}, {"c", 1}});
  CHECK(shard.stored().size() == 4);
}

TEST_CASE("an estimate grows with the work and shrinks with the workers") {
  const Plan plan = some_plan(4);
  SweepTasks tasks(plan, plan.cells, {}, {});
  const std::vector<Task> todo = tasks.take(false);
  const double one = tasks.estimated_seconds(todo, 1);
  CHECK(one > 0);
  CHECK(tasks.estimated_seconds(todo, 4) == doctest::Approx(one / 4));
  CHECK(tasks.estimated_seconds({todo[0]}, 1) < one);
  // Stored tasks took a second each.
  tasks.add({{{"a", 0}, stored({"a", 0})}, {{"a", 1}, stored({"a", 1})}});
  CHECK(tasks.estimated_seconds(todo, 1) == doctest::Approx(static_cast<double>(todo.size())).epsilon(0.01));
}

TEST_CASE("a shard is k/n") {
  CHECK(parse_shard("2/3").part == 2);
  CHECK(parse_shard("2/3").parts == 3);
  for (const char* text : {"", "1", "0/2", "3/2", "1/0", "a/b", "1/2x", "-1/2"})
    CHECK_THROWS_AS(parse_shard(text), std::invalid_argument);
}

}  // namespace sweep_tasks_test
