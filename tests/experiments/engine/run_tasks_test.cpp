#include "experiments/engine/run_tasks.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <mutex>
#include <new>
#include <stdexcept>

#include "tests/experiments/fake_cell.hpp"
#include "tests/temporary_folder.hpp"

using namespace pathquant;
using namespace pathquant::testing;
using testing::FakeCell;

namespace run_tasks_test {

using Measure = std::function<nlohmann::json(std::int64_t, const ExecutionContext&)>;

std::shared_ptr<FakeCell> cell(const std::string& id, Measure measure, double work = 1) {
  auto fake = std::make_shared<FakeCell>(id);
  fake->measure = std::move(measure);
  fake->work = work;
  return fake;
}

std::vector<Task> trials_of(const std::shared_ptr<FakeCell>& cell, std::int64_t trials) {
  std::vector<Task> tasks;
  for (std::int64_t trial = 0; trial < trials; ++trial) tasks.push_back({cell, trial});
  return tasks;
}

RunOutcome run(std::vector<Task> tasks, const TemporaryFolder& folder, const EngineOptions& options = {},
               bool fail_fast = false, const NextTasks& next = {}) {
  const auto engine = make_threads_engine(options);
  return run_tasks(std::move(tasks), *engine, folder.path(), {fail_fast, true}, next);
}

/// What became of a task that does this.
StoredTask outcome_of(const Measure& measure, std::optional<std::chrono::duration<double>> timeout = {}) {
  const TemporaryFolder folder;
  const RunOutcome outcome = run(trials_of(cell("a", measure), 1), folder, {.timeout = timeout});
  REQUIRE(outcome.finished.size() == 1);
  CHECK(outcome.signal == 0);
  return outcome.finished.at({"a", 0});
}

std::string reason(const StoredTask& task) {
  return nlohmann::json::parse(task.content).at("error");
}

TEST_CASE("a task that is done is stored with its content") {
  const StoredTask done = outcome_of([](std::int64_t, const ExecutionContext&) {
    return nlohmann::json{{"record", {{"b", 1.0}}}};
  });
  CHECK(done.status == "ok");
  CHECK(done.content == R"({"record":{"b":1.0}})");
  CHECK(done.seconds >= 0);
}

TEST_CASE("whatever a task throws is its own end, with the reason") {
  const auto thrown = [](auto exception) {
    return outcome_of([=](std::int64_t, const ExecutionContext&) -> nlohmann::json { throw exception; });
  };
  CHECK(thrown(std::runtime_error("no luck")).status == "failed");
  CHECK(reason(thrown(std::runtime_error("no luck"))) == "no luck");
  CHECK(thrown(Skipped("nothing there")).status == "skipped");
  CHECK(reason(thrown(Skipped("nothing there"))) == "nothing there");
  CHECK(thrown(std::bad_alloc()).status == "failed");
  CHECK(reason(thrown(std::bad_alloc())).find("memory") != std::string::npos);
  CHECK(thrown(std::runtime_error("\xFF")).status == "failed");
  CHECK(thrown(42).status == "failed");
  const StoredTask nan = outcome_of([](std::int64_t, const ExecutionContext&) -> nlohmann::json {
    return {{"a", 0.0 / 0.0}};
  });
  CHECK(nan.status == "failed");
}

TEST_CASE("a task that is over its time is stopped at its next poll") {
  const Measure endless = [](std::int64_t, const ExecutionContext& execution) -> nlohmann::json {
    while (true) execution.poll();
  };
  const StoredTask late = outcome_of(endless, std::chrono::duration<double>(0.02));
  CHECK(late.status == "timeout");
  CHECK(late.seconds >= 0.02);
  CHECK(reason(late).find("0.02 s") != std::string::npos);
  const Measure quick = [](std::int64_t, const ExecutionContext& execution) -> nlohmann::json {
    for (int i = 0; i < 1000; ++i) execution.poll();
    return 1;
  };
  CHECK(outcome_of(quick, std::chrono::duration<double>(1000)).status == "ok");
}

TEST_CASE("every task is run once and stored, for any number of workers") {
  std::vector<StoredTasks> stored;
  for (const int jobs : {1, 4}) {
    const TemporaryFolder folder;
    std::mutex mutex;
    std::map<TaskKey, int> times;
    std::vector<Task> tasks;
    for (const char* id : {"a", "b", "c"}) {
      const auto one = cell(id, [&, id](std::int64_t trial, const ExecutionContext&) -> nlohmann::json {
        const std::scoped_lock lock(mutex);
        ++times[{id, trial}];
        if (trial % 7 == 3) throw std::runtime_error("unlucky");
        return {{"trial", trial}, {"cell", id}};
      });
      for (const Task& task : trials_of(one, 40)) tasks.push_back(task);
    }
    const RunOutcome outcome = run(tasks, folder, {.jobs = jobs});
    CHECK(outcome.finished.size() == 120);
    CHECK(times.size() == 120);
    for (const auto& [key, count] : times) CHECK(count == 1);
    stored.push_back(load_tasks(folder.path()));
  }
  REQUIRE(stored[0].size() == 120);
  REQUIRE(stored[1].size() == 120);
  for (const auto& [key, task] : stored[0]) {
    CHECK(stored[1].at(key).status == task.status);
    CHECK(stored[1].at(key).content == task.content);
  }
}

TEST_CASE("the costliest tasks come first, those of equal cost in their order") {
  const TemporaryFolder folder;
  std::vector<std::string> order;
  std::vector<Task> tasks;
  for (const auto& [id, work] : {std::pair{"a", 1.0}, {"b", 3.0}, {"c", 2.0}, {"d", 3.0}})
    tasks.push_back({cell(
                         id,
                         [&order, name = std::string(id)](std::int64_t, const ExecutionContext&) -> nlohmann::json {
                           order.push_back(name);
                           return 0;
                         },
                         work),
                     0});
  run(tasks, folder);
  CHECK(order == std::vector<std::string>{"b", "d", "c", "a"});
}

TEST_CASE("tasks follow from what the last ones found, until none do") {
  const TemporaryFolder folder;
  const auto one = cell("a", [](std::int64_t trial, const ExecutionContext&) -> nlohmann::json {
    if (trial == 3) throw std::runtime_error("unlucky");
    return {{"trial", trial}};
  });
  std::vector<std::size_t> groups;
  const RunOutcome outcome = run(trials_of(one, 2), folder, {.jobs = 2}, false, [&](const StoredTasks& done) {
    groups.push_back(done.size());
    std::vector<Task> more;
    const std::int64_t first = done.rbegin()->first.second + 1;
    for (std::int64_t trial = first; trial < std::min<std::int64_t>(first + 3, 8); ++trial)
      more.push_back({one, trial});
    return more;
  });
  CHECK(groups == std::vector<std::size_t>{2, 3, 3});
  CHECK(outcome.finished.size() == 8);
  CHECK(outcome.finished.at({"a", 3}).status == "failed");
  CHECK(load_tasks(folder.path()).size() == 8);
  const TemporaryFolder other;
  int asked = 0;
  const RunOutcome stopped = run(trials_of(one, 4), other, {}, true,
                                 [&](const StoredTasks&) -> std::vector<Task> { return ++asked, trials_of(one, 9); });
  CHECK(asked == 0);
  CHECK(stopped.finished.size() == 4);
}

TEST_CASE("fail-fast takes no more tasks after a failure, and does without it") {
  for (const bool fail_fast : {true, false}) {
    const TemporaryFolder folder;
    const auto one = cell("a", [](std::int64_t trial, const ExecutionContext&) -> nlohmann::json {
      if (trial == 2) throw std::runtime_error("unlucky");
      if (trial == 1) throw Skipped("not a failure");
      return trial;
    });
    const RunOutcome outcome = run(trials_of(one, 10), folder, {}, fail_fast);
    CHECK(outcome.finished.size() == (fail_fast ? 3 : 10));
    CHECK(load_tasks(folder.path()).size() == outcome.finished.size());
  }
}

TEST_CASE("results that cannot be stored end the run") {
  const TemporaryFolder folder;
  std::atomic<int> runs = 0;
  const auto one = cell("a", [&](std::int64_t trial, const ExecutionContext&) -> nlohmann::json {
    // The writer cannot make its database in a folder that is gone.
    if (++runs == 1) std::filesystem::remove_all(folder.path());
    return trial;
  });
  CHECK_THROWS_AS(run(trials_of(one, 3), folder, {.jobs = 2}), StoreError);
}

}  // namespace run_tasks_test
