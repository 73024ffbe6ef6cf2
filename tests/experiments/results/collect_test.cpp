#include "experiments/results/collect.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "experiments/json_text.hpp"
#include "experiments/task/layer_content.hpp"
#include "tests/experiments/fake_cell.hpp"

using namespace pathquant;
using testing::FakeCell;

namespace collect_test {

BoundRow the_line(BoundKind kind, std::optional<double> value) {
  BoundRow row;
  row.name = "the_line";
  row.kind = kind;
  row.metric = "error_energy";
  row.value = value;
  row.probability = 0.9;
  if (!value) row.reason = "no reason at all";
  return row;
}

/// A plan of cells "a", "b", .. with `trials` each, and what is stored of them.
struct Scene {
  explicit Scene(std::int64_t trials, const std::string& names = "a") {
    plan.config.experiment = "layer";
    for (const char name : names) {
      cells.push_back(std::make_shared<FakeCell>(std::string(1, name)));
      plan.cells.push_back({cells.back(), trials});
    }
  }

  void ok(std::int64_t trial, double energy, const std::string& cell = "a", double signal = 100) {
    const nlohmann::json content =
        single_layer_content({{"record", {{"error_energy", energy}, {"signal_energy", signal}, {"bits", nullptr}}}});
    stored[{cell, trial}] = {cell, trial, "ok", to_json(content), 0.5};
  }
  void other(std::int64_t trial, const std::string& status, const std::string& cell = "a") {
    stored[{cell, trial}] = {cell, trial, status, R"({"error": "the reason"})", 0.25};
  }
  /// Gives every cell one line about error_energy; `value` says what it is for what was measured, or nothing.
  void line(BoundKind kind, std::function<std::optional<double>(double)> value) {
    for (const auto& cell : cells)
      cell->theory = [=, this](const nlohmann::json& content, const ContentLookup&) {
        const auto number = value(content.at("record").at("error_energy").get<double>());
        BoundRow row = the_line(kind, number);
        row.sampled = sampled;
        row.tolerance = tolerance;
        return std::vector{row};
      };
  }
  Results results() const { return collect(plan, stored); }

  Plan plan;
  std::vector<std::shared_ptr<FakeCell>> cells;
  StoredTasks stored;
  double tolerance = 0;  // of every line
  bool sampled = false;  // whether what refuses a line is a sample
};

const Row& summary_of(const Results& results, const std::string& metric) {
  for (const Row& row : results.summary)
    if (row["metric"] == metric) return row;
  FAIL("no summary of ", metric);
  return results.summary.front();
}

/// Values around 100 whose mean is 100 exactly: 99, 101, 99, ..
Scene twenty(std::int64_t trials) {
  Scene scene(trials);
  for (std::int64_t trial = 0; trial < trials; ++trial) scene.ok(trial, trial % 2 == 0 ? 99 : 101, "a", 400);
  return scene;
}

TEST_CASE("records come in plan order, with every status and its reason") {
  Scene scene(3, "ba");
  scene.ok(2, 5, "b");
  scene.other(0, "failed", "b");
  scene.other(0, "timeout", "a");
  scene.other(2, "skipped", "a");
  scene.ok(3, 1, "a");  // a trial that the plan does not have
  const Results results = scene.results();
  REQUIRE(results.records.size() == 4);
  const std::vector<std::string> cells = {"b", "b", "a", "a"};
  const std::vector<int> trials = {0, 2, 0, 2};
  const std::vector<std::string> statuses = {"failed", "ok", "timeout", "skipped"};
  for (std::size_t i = 0; i < 4; ++i) {
    const Row& row = results.records[i];
    CHECK(row["cell_id"] == cells[i]);
    CHECK(row["trial"] == trials[i]);
    CHECK(row["status"] == statuses[i]);
    CHECK(row["layer"].is_null());
    const bool ok = row["status"] == "ok";
    CHECK((row["error"].is_null() == ok));
    CHECK((row["error_energy"].is_null() != ok));
    CHECK(row["bits"].is_null());
  }
  CHECK(results.records[0]["error"] == "the reason");
  CHECK(results.records[1]["error_energy"] == 5.0);
  CHECK(results.records[1]["seconds"] == 0.5);
  CHECK(results.missing == 2);
  CHECK(results.bad == 2);
}

TEST_CASE("every record has every cell's parameters, null where it has none, and all measured columns") {
  Scene scene(1, "ab");
  scene.cells[0]->parameters = {{"width", 8}, {"quantizer_alignment", 2}};
  scene.cells[1]->parameters = {{"width", 16}};
  scene.ok(0, 1, "a");
  scene.ok(0, 1, "b");
  const Results results = scene.results();
  REQUIRE(results.records.size() == 2);
  CHECK(results.records[1]["width"] == 16);
  CHECK(results.records[1]["quantizer_alignment"].is_null());
  std::vector<std::vector<std::string>> keys(2);
  for (std::size_t i = 0; i < 2; ++i)
    for (const auto& [key, value] : results.records[i].items()) keys[i].push_back(key);
  CHECK(keys[0] == keys[1]);
  CHECK(std::count(keys[0].begin(), keys[0].end(), "max_abs_error") == 1);
}

TEST_CASE("the summary is over the trials that are ok and counts the others") {
  Scene scene(8);
  for (std::int64_t trial = 0; trial < 4; ++trial) scene.ok(trial, static_cast<double>(trial));
  scene.other(4, "failed");
  scene.other(5, "timeout");
  scene.other(6, "skipped");
  const Results results = scene.results();
  const Row& row = summary_of(results, "error_energy");
  CHECK(row["count"] == 4);
  for (const char* other : {"failed", "timeout", "skipped", "missing"}) CHECK(row[other] == 1);
  CHECK(row["mean"] == 1.5);
  CHECK(row["median"] == 1.5);
  CHECK(row["standard_error"].get<double>() == doctest::Approx(std::sqrt(5.0 / 3 / 4)));
  CHECK(row["q25"] == 0.75);
  CHECK(row["low"].get<double>() < 1.5);
  CHECK(row["high"].get<double>() + row["low"].get<double>() == doctest::Approx(3));
  CHECK(row["holds"].is_null());
}

TEST_CASE("one trial has no interval, and no number is not a number") {
  Scene scene(1);
  scene.ok(0, 0);
  scene.line(BoundKind::upper, [](double) { return 0.0; });
  Results results = scene.results();
  CHECK(summary_of(results, "error_energy")["standard_error"].is_null());
  CHECK(summary_of(results, "error_energy")["low"].is_null());
  REQUIRE(results.bounds.size() == 1);
  CHECK(results.bounds.front()["ratio"].is_null());
  CHECK(results.bounds.front()["holds"] == true);
  // A mean line over a layer without error: nothing is divided by its mean.
  scene.line(BoundKind::prediction, [](double) { return 1.0; });
  results = scene.results();
  CHECK(summary_of(results, "the_line")["ratio"].is_null());
  for (const auto* rows : {&results.records, &results.bounds, &results.summary})
    for (const Row& row : *rows) CHECK_NOTHROW(to_json(row));
}

TEST_CASE("nothing stored gives no row") {
  const Results results = Scene(3, "ab").results();
  CHECK(results.records.empty());
  CHECK(results.bounds.empty());
  CHECK(results.summary.empty());
  CHECK(results.missing == 6);
}

TEST_CASE("an upper bound is judged in every trial that it applies to") {
  Scene scene(3);
  scene.ok(0, 5);
  scene.ok(1, 20);
  scene.ok(2, 30);
  scene.line(BoundKind::upper, [](double energy) { return energy > 25 ? std::nullopt : std::optional(10.0); });
  const Results results = scene.results();
  REQUIRE(results.bounds.size() == 3);
  const Row& refused = results.bounds[0];
  CHECK(refused["applies"] == false);
  CHECK(refused["reason"] == "no reason at all (1 of 3 trials)");
  for (const char* empty : {"trial", "value", "measured", "ratio", "holds"}) CHECK(refused[empty].is_null());
  CHECK(results.bounds[1]["trial"] == 0);
  CHECK(results.bounds[1]["holds"] == true);
  CHECK(results.bounds[1]["ratio"] == 2.0);
  CHECK(results.bounds[1]["probability"] == 0.9);
  CHECK(results.bounds[1]["reason"].is_null());
  CHECK(results.bounds[2]["holds"] == false);
  CHECK(results.judged == 2);
  CHECK(results.violated == 1);
  // It is no metric of the summary.
  CHECK(results.summary.size() == 2);
}

TEST_CASE("a line that never applies is one row of its cell") {
  Scene scene(3, "ab");
  for (const char* cell : {"a", "b"})
    for (std::int64_t trial = 0; trial < 3; ++trial) scene.ok(trial, 1, cell);
  scene.line(BoundKind::upper, [](double) { return std::nullopt; });
  const Results results = scene.results();
  REQUIRE(results.bounds.size() == 2);
  CHECK(results.bounds[0]["reason"] == "no reason at all");
  CHECK(results.judged == 0);
}

TEST_CASE("a line about a mean is dropped for the whole cell when one trial refuses it") {
  for (const BoundKind kind : {BoundKind::upper_mean, BoundKind::prediction, BoundKind::lower_mean}) {
    Scene scene(2, "ab");
    scene.ok(0, 1, "a");
    scene.ok(1, 30, "a");
    scene.ok(0, 1, "b");
    scene.ok(1, 2, "b");
    scene.line(kind, [](double energy) { return energy > 25 ? std::nullopt : std::optional(10.0); });
    const Results results = scene.results();
    REQUIRE(results.bounds.size() == 3);
    CHECK(results.bounds[0]["cell_id"] == "a");
    CHECK(results.bounds[0]["reason"] == "no reason at all (1 of 2 trials)");
    CHECK(results.bounds[1]["cell_id"] == "b");
    CHECK(results.bounds[1]["holds"].is_null());
    std::vector<std::string> cells;
    for (const Row& row : results.summary)
      if (row["metric"] == "the_line") cells.push_back(row["cell_id"]);
    CHECK(cells == std::vector<std::string>{"b"});
  }
}

TEST_CASE("a line that is attained holds, with the rounding that it allows for") {
  const auto holds = [](double excess, double tolerance) {
    Scene scene(1);
    scene.ok(0, 1);
    scene.line(BoundKind::upper, [=](double) { return 1 / (1 + excess); });
    scene.tolerance = tolerance;
    return scene.results().bounds.front()["holds"].get<bool>();
  };
  CHECK(holds(0, 0));
  CHECK_FALSE(holds(1e-12, 0));
  CHECK(holds(0.9e-12, 1e-12));
  CHECK_FALSE(holds(1.1e-12, 1e-12));
  CHECK(holds(0.9e-5, 1e-5));
  CHECK_FALSE(holds(1.1e-5, 1e-5));
}

TEST_CASE("a mean that is attained holds, with the rounding that it allows for") {
  for (const auto& [tolerance, holds] : {std::pair{0.0, false}, {1e-3, true}}) {
    Scene scene(20);
    for (std::int64_t trial = 0; trial < 20; ++trial) scene.ok(trial, 100.05);
    scene.line(BoundKind::upper_mean, [](double) { return 100.0; });
    scene.tolerance = tolerance;
    CHECK(summary_of(scene.results(), "the_line")["holds"] == holds);
  }
}

TEST_CASE("a hypothesis that every trial only samples is judged by most of them") {
  for (const auto& [refusing, applies] : {std::pair{1, true}, {2, false}}) {
    Scene scene(4);
    for (std::int64_t trial = 0; trial < 4; ++trial) scene.ok(trial, trial < refusing ? 30 : 1);
    scene.line(BoundKind::prediction, [](double energy) { return energy > 25 ? std::nullopt : std::optional(10.0); });
    scene.sampled = true;
    const Results results = scene.results();
    CHECK(results.bounds.size() == (applies ? 3 : 1));
    CHECK(results.bounds.front()["applies"] == applies);
  }
}

TEST_CASE("a line about a mean is judged over twenty trials, and not over fewer") {
  for (const BoundKind kind : {BoundKind::upper_mean, BoundKind::lower_mean}) {
    const double sign = kind == BoundKind::lower_mean ? -1 : 1;
    const auto verdict = [&](std::int64_t trials, double value) {
      Scene scene = twenty(trials);
      scene.line(kind, [=](double) { return value; });
      const Results results = scene.results();
      CHECK(results.violated == (summary_of(results, "the_line")["holds"] == false));
      return summary_of(results, "the_line")["holds"];
    };
    CHECK(verdict(18, 100 - 50 * sign).is_null());
    CHECK(verdict(20, 100) == true);
    CHECK(verdict(20, 100 + 50 * sign) == true);
    // Standard error 0.23: half of it is chance, twenty of it are not.
    CHECK(verdict(20, 100 - 0.1 * sign) == true);
    CHECK(verdict(20, 100 - 5 * sign) == false);
  }
}

TEST_CASE("a prediction is never judged") {
  Scene scene = twenty(20);
  scene.line(BoundKind::prediction, [](double) { return 50.0; });
  const Results results = scene.results();
  const Row& row = summary_of(results, "the_line");
  CHECK(row["holds"].is_null());
  CHECK(row["kind"] == "prediction");
  CHECK(row["of"] == "error_energy");
  CHECK(row["measured"] == 100.0);
  CHECK(row["ratio"] == 0.5);
  CHECK(row["relative"] == 0.125);
  CHECK(row["ratio_error"].get<double>() > 0);
  CHECK(results.judged == 0);
}

TEST_CASE("a mean that is about another metric than the energy is not divided by it") {
  Scene scene = twenty(20);
  scene.cells[0]->theory = [](const nlohmann::json&, const ContentLookup&) {
    BoundRow row = the_line(BoundKind::prediction, 440.0);
    row.metric = "signal_energy";
    return std::vector{row};
  };
  const Row row = summary_of(scene.results(), "the_line");
  CHECK(row["relative"].is_null());
  CHECK(row["ratio"].get<double>() == doctest::Approx(1.1));
}

TEST_CASE("lines find what is stored of a computation in the same trial, or in the only one") {
  const auto shared = std::make_shared<FakeCell>("statistic");
  for (const bool random : {true, false}) {
    Scene scene(2);
    shared->is_random = random;
    scene.ok(0, 1);
    scene.ok(1, 1);
    scene.stored[{"statistic", 0}] = {"statistic", 0, "ok", R"({"value": 10.0})", 0};
    scene.stored[{"statistic", 1}] = {"statistic", 1, "failed", R"({"error": "x"})", 0};
    scene.cells[0]->theory = [&](const nlohmann::json&, const ContentLookup& lookup) {
      const auto found = lookup(*shared);
      return std::vector{
          the_line(BoundKind::upper, found ? std::optional(found->at("value").get<double>()) : std::nullopt)};
    };
    std::size_t applying = 0;
    for (const Row& row : scene.results().bounds) applying += row["applies"] == true;
    CHECK(applying == (random ? 1 : 2));
  }
}

TEST_CASE("a rate is no bound: it has a table of its own, and a shape relative to the mean energy") {
  Scene scene(2, "ab");
  scene.ok(0, 4, "a", 100);
  scene.ok(1, 8, "a", 300);
  scene.ok(0, 4, "b");
  scene.ok(1, 90, "b");
  scene.line(BoundKind::decay, [](double energy) { return energy > 25 ? std::nullopt : std::optional(10 * energy); });
  const Results results = scene.results();
  CHECK(results.bounds.empty());
  CHECK(results.judged == 0);
  CHECK(results.audit.empty());
  REQUIRE(results.rates.size() == 2);
  CHECK(results.rates[0]["rate"] == "the_line");
  CHECK(results.rates[0]["applies"] == true);
  CHECK(results.rates[0]["shape"].get<double>() == doctest::Approx((40.0 + 80) / (100 + 300)));
  CHECK_FALSE(results.rates[0].contains("holds"));
  CHECK(results.rates[1]["applies"] == false);
  CHECK(results.rates[1]["reason"] == "no reason at all (1 of 2 trials)");
  CHECK(results.rates[1]["shape"].is_null());
  for (const Row& row : results.summary) CHECK(row["metric"] != "the_line");
}

TEST_CASE("exponents, comparisons and the audit are of what is stored") {
  Scene scene(2, "abcdef");
  for (std::size_t i = 0; i < 6; ++i) {
    const int width = 16 << (i % 3);
    scene.cells[i]->parameters = {{"width", width}, {"quantizer_name", i < 3 ? "msq" : "gpfq"}};
    for (const int trial : {0, 1}) scene.ok(trial, (i < 3 ? 2.0 : 1.0) / width, std::string(1, "abcdef"[i]));
  }
  scene.other(1, "failed", "f");
  scene.line(BoundKind::upper, [](double energy) { return 1.5 * energy; });
  const Results results = scene.results();
  REQUIRE(results.exponents.size() == 2);
  for (const Row& row : results.exponents) CHECK(row["slope"].get<double>() == doctest::Approx(-1));
  CHECK(results.exponents[0]["count"] == 2);
  CHECK(results.exponents[1]["count"] == 1);
  REQUIRE(results.comparisons.size() == 3);
  for (const Row& row : results.comparisons) CHECK(row["ratio"].get<double>() == doctest::Approx(0.5));
  CHECK(results.comparisons[2]["count"] == 1);
  REQUIRE(results.audit.size() == 7);
  CHECK(results.audit[0]["judged"] == 11);
  CHECK(results.audit[0]["looseness_median"].get<double>() == doctest::Approx(1.5));
  std::vector<std::string> names;
  for (const auto& [name, rows] : results.tables()) {
    names.push_back(name);
    for (const Row& row : *rows) CHECK_NOTHROW(to_json(row));
  }
  CHECK(names == std::vector<std::string>{"records", "bounds", "summary", "rates", "exponents", "comparisons",
                                          "leaderboard", "audit"});
}

}  // namespace collect_test
