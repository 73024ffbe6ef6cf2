#include "experiments/report/results_file.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "experiments/store/store.hpp"
#include "experiments/task/experiment.hpp"
#include "tests/temporary_folder.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace results_file_test {

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

Results some_results() {
  Results results;
  results.records = {{{"cell_id", "a"}, {"trial", 0}, {"seconds", 0.5}, {"bits", 1.5}},
                     {{"cell_id", "a"}, {"trial", 1}, {"seconds", 0.25}, {"bits", nullptr}}};
  results.summary = {{{"cell_id", "a"}, {"mean", 2.0}}};
  return results;
}

nlohmann::ordered_json context(int seed = 0, const char* date = "today") {
  return {{"name", "n"}, {"config", {{"seed", seed}}}, {"columns", {"a"}}, {"date", date}};
}

TEST_CASE("results.json is one JSON object, one row a line") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "results.json";
  CHECK(write_results(file, context(), some_results()));
  const auto json = nlohmann::ordered_json::parse(content(file));
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"schema", "context", "records", "bounds", "summary", "rates", "exponents",
                                         "comparisons", "leaderboard", "audit"});
  CHECK(json["schema"] == results_schema);
  CHECK(json["context"] == context());
  CHECK(json["records"].size() == 2);
  CHECK(json["records"][1]["bits"].is_null());
  CHECK(json["bounds"] == nlohmann::ordered_json::array());
  const std::string text = content(file);
  CHECK(text.find("\n{\"cell_id\":\"a\",\"trial\":1,") != std::string::npos);
}

TEST_CASE("a file that says the same stays what it is") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "results.json";
  write_results(file, context(), some_results());
  const std::string before = content(file);
  Results again = some_results();
  again.records[0]["seconds"] = 99.0;
  CHECK_FALSE(write_results(file, context(0, "tomorrow"), again));
  CHECK(content(file) == before);
}

TEST_CASE("a file is written anew when a row or the config has changed, or when it is not whole") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "results.json";
  const auto written_after = [&](auto change) {
    write_results(file, context(), some_results());
    Results results = some_results();
    auto now = context();
    change(results, now);
    const bool written = write_results(file, now, results);
    CHECK(nlohmann::ordered_json::parse(content(file))["records"].size() == results.records.size());
    return written;
  };
  CHECK_FALSE(written_after([](Results&, auto&) {}));
  CHECK(written_after([](Results& r, auto&) { r.records[1]["bits"] = 2.0; }));
  CHECK(written_after([](Results& r, auto&) { r.records.pop_back(); }));
  CHECK(written_after([](Results& r, auto&) { std::swap(r.records[0], r.records[1]); }));
  CHECK(written_after([](Results& r, auto&) { r.bounds = {{{"bound", "x"}}}; }));
  CHECK(written_after([](Results& r, auto&) { r.summary[0]["mean"] = std::nextafter(2.0, 3.0); }));
  CHECK(written_after([](Results& r, auto&) { r.audit = {{{"bound", "x"}}}; }));
  CHECK(written_after([](Results&, auto& now) { now = context(1); }));
  CHECK(written_after([](Results&, auto& now) { now["columns"] = {"a", "b"}; }));
  for (const char* damage : {"", "{", "[]", "{}", "{\"schema\": \"pathquant-results/1\"}", "{\"schema\": 3}",
                             "{\"schema\": \"pathquant-results/1\", \"context\": 3, \"records\": 3, \"bounds\": [], "
                             "\"summary\": []}"})
    CHECK(written_after([&](Results&, auto&) { std::ofstream(file) << damage; }));
}

TEST_CASE("a file that cannot be written is an error") {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "not a folder";
  CHECK_THROWS_AS(write_results(folder.path() / "file" / "results.json", context(), some_results()), StoreError);
}

}  // namespace results_file_test
