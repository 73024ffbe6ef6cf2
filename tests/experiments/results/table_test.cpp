#include "experiments/results/table.hpp"

#include <doctest/doctest.h>

#include <iterator>
#include <sstream>

#include "tests/experiments/fake_cell.hpp"

using namespace pathquant;
using testing::FakeCell;

namespace table_test {

std::vector<PlannedCell> cells(
    const std::vector<std::vector<std::pair<std::string, nlohmann::ordered_json>>>& columns) {
  std::vector<PlannedCell> planned;
  for (const auto& one : columns) {
    const auto cell = std::make_shared<FakeCell>("cell" + std::to_string(planned.size()));
    cell->parameters = one;
    planned.push_back({cell, 2});
  }
  return planned;
}

std::vector<std::string> words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) all.push_back(line);
  return all;
}

Row summary_row(const char* cell, const char* metric, double mean, Row kind = nullptr, Row of = "error_energy") {
  return {{"cell_id", cell},       {"metric", metric}, {"count", 2},       {"mean", mean},
          {"standard_error", 0.5}, {"kind", kind},     {"relative", mean}, {"of", of}};
}

Row bound_row(const char* cell, const char* name, Row value, const char* metric = "relative_squared_error") {
  return {{"cell_id", cell}, {"kind", "upper"}, {"metric", metric}, {"bound", name}, {"value", value}};
}

TEST_CASE("columns are as wide as their widest entry, numbers to the right and words to the left") {
  Table table({"name", "value"});
  table.add({"a", "1"});
  table.add({"long name", "-20.5"});
  const auto all = lines(table.text());
  REQUIRE(all.size() == 3);
  CHECK(all[0].find("value") == 11);
  CHECK(all[1].size() == 16);
  CHECK(all[1].starts_with("a "));
  CHECK(all[1].back() == '1');
  CHECK(all[2] == "long name  -20.5");
}

TEST_CASE("the columns that vary are those with two values among the cells that have them") {
  const auto planned =
      cells({{{"width", 8}, {"neurons", 2}, {"quantizer_name", "msq"}},
             {{"width", 16}, {"neurons", 2}, {"quantizer_name", "spfq"}, {"quantizer_alignment", 2}},
             {{"width", 32}, {"neurons", 2}, {"quantizer_name", "msq"}, {"quantizer_alignment", nullptr}}});
  CHECK(varying_columns(planned) == std::vector<std::string>{"width", "quantizer_name"});
  CHECK(varying_columns({}).empty());
  CHECK(column_text(*planned[0].cell, "width") == "8");
  CHECK(column_text(*planned[0].cell, "quantizer_name") == "msq");
  CHECK(column_text(*planned[0].cell, "quantizer_alignment") == "-");
  CHECK(column_text(*planned[2].cell, "quantizer_alignment") == "-");
}

TEST_CASE("a column that only some cells have varies where nothing else tells them apart") {
  const auto planned = cells({{{"samples", 8}, {"inputs_distribution", "gaussian"}, {"inputs_sigma", 1.0}},
                              {{"samples", 8}, {"inputs_distribution", "ball"}},
                              {{"samples", 8}, {"inputs_dataset", "digits"}, {"inputs_split", "all"}},
                              {{"samples", 16}, {"inputs_dataset", "digits"}, {"inputs_split", "all"}}});
  CHECK(varying_columns(planned) == std::vector<std::string>{"samples", "inputs_distribution", "inputs_dataset"});
}

TEST_CASE("a cell's line shows its mean error, its prediction and the tightest upper line of all its trials") {
  const auto planned = cells({{{"width", 8}}, {{"width", 16}}});
  Results results;
  results.summary = {summary_row("cell0", "relative_squared_error", 0.25),
                     summary_row("cell0", "clipped", 3),
                     summary_row("cell0", "a_law_prediction", 0.2, "prediction"),
                     summary_row("cell0", "a_prediction", 0.125, "prediction"),
                     summary_row("cell0", "other_law_prediction", 0.3, "prediction"),
                     summary_row("cell0", "z_prediction", 0.4, "prediction", "fresh_relative_squared_error"),
                     summary_row("elsewhere", "relative_squared_error", 7)};
  results.bounds = {bound_row("cell0", "wide", 4.0),
                    bound_row("cell0", "wide", 6.0),
                    bound_row("cell0", "tight", 2.0),
                    bound_row("cell0", "tight", 3.0),
                    bound_row("cell0", "some_trials", 1.0),
                    bound_row("cell0", "absent", nullptr),
                    bound_row("cell0", "of_another", 0.5, "max_abs_error"),
                    bound_row("cell0", "of_another", 0.5, "max_abs_error")};
  const auto all = lines(summary_table(planned, results, {}));
  REQUIRE(all.size() == 3);
  CHECK(words(all[1]) == std::vector<std::string>{"8", "2", "0.25", "0.5", "0.125", "3", "2.5", "tight"});
  CHECK(words(all[2]) == std::vector<std::string>{"16", "0", "-", "-", "-", "0", "-"});
  // Where something is measured that it takes, that and no lines.
  results.summary.push_back(summary_row("cell0", "memory", 4096));
  const auto costs = lines(summary_table(planned, results, {{"memory", ColumnKind::cost}, {"time", ColumnKind::cost}}));
  CHECK(words(costs[0]) == std::vector<std::string>{"width", "trials", "rel.", "sq.", "error", "+-", "memory", "time"});
  CHECK(words(costs[1]) == std::vector<std::string>{"8", "2", "0.25", "0.5", "4096", "-"});
}

TEST_CASE("the summary shows the error on fresh rows and the shares of the error budget where they are measured") {
  const auto planned = cells({{{"width", 8}}, {{"width", 16}}});
  Results results;
  results.summary = {summary_row("cell0", "relative_squared_error", 0.25),
                     summary_row("cell1", "relative_squared_error", 0.5)};
  CHECK(summary_table(planned, results, {}).find("fresh") == std::string::npos);
  CHECK(summary_table(planned, results, {}).find("alignment") == std::string::npos);
  for (const auto& [metric, mean] : {std::pair{"fresh_relative_squared_error", 0.75},
                                     {"error_energy", 8.0},
                                     {"budget_alignment", 1.0},
                                     {"budget_rounding", 4.0},
                                     {"budget_clipping", 2.0},
                                     {"budget_alignment_rounding", 3.0},
                                     {"budget_alignment_clipping", -1.0},
                                     {"budget_rounding_clipping", -1.0}})
    results.summary.push_back(summary_row("cell0", metric, mean));
  const auto all = lines(summary_table(planned, results, {}));
  const auto first = words(all[1]), second = words(all[2]);
  CHECK(std::vector<std::string>(first.end() - 5, first.end()) ==
        std::vector<std::string>{"0.75", "0.125", "0.5", "0.25", "0.125"});
  CHECK(std::vector<std::string>(second.end() - 5, second.end()) == std::vector<std::string>(5, "-"));
}

}  // namespace table_test
