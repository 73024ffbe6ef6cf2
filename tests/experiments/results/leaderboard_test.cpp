#include "experiments/results/leaderboard.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "tests/experiments/results/measured_cells.hpp"

using namespace pathquant;
using testing::MeasuredCells;

namespace leaderboard_test {

std::vector<Row> board(const MeasuredCells& measured) {
  std::vector<Row> rows;
  add_leaderboard(measured.cells, testing::one_error, rows);
  return rows;
}

const Row& row_of(const std::vector<Row>& rows, const std::string& quantizer) {
  for (const Row& row : rows)
    if (row["quantizer"] == quantizer) return row;
  FAIL("no row of that quantizer");
  return rows.front();
}

// Two conditions, two trials.
MeasuredCells two_conditions() {
  MeasuredCells measured;
  measured.add({{"quantizer_name", "msq"}, {"width", 10}, {"neurons", 2}}, {4, 4}).seconds = 1;
  measured.add({{"quantizer_name", "gpfq"}, {"width", 10}, {"neurons", 2}}, {2, 1}).seconds = 2;
  measured.add({{"quantizer_name", "optq"}, {"width", 10}, {"neurons", 2}}, {1, 2});
  measured.add({{"quantizer_name", "msq"}, {"width", 30}, {"neurons", 2}}, {8, 8}).seconds = 3;
  measured.add({{"quantizer_name", "gpfq"}, {"width", 30}, {"neurons", 2}}, {4, 8});
  measured.add({{"quantizer_name", "optq"}, {"width", 30}, {"neurons", 2}}, {2, 2});
  return measured;
}

TEST_CASE("leaderboard: ranks, wins, ratios and times by hand") {
  const auto rows = board(two_conditions());
  REQUIRE(rows.size() == 3);
  CHECK(rows[0]["quantizer"] == "optq");
  CHECK(rows[2]["quantizer"] == "msq");
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(rows[i]["place"] == i + 1);
    CHECK(rows[i]["board"] == 1);
    CHECK(rows[i]["rivals"] == 3);
    CHECK(rows[i]["conditions"] == 2);
    CHECK(rows[i]["count"] == 2);
    CHECK(rows[i]["contests"] == 4);
    CHECK(rows[i]["leader"] == "optq");
  }
  // Trial 0: ranks 1, 1 of optq, 2, 2 of gpfq; trial 1: 2, 1 and 1, 2.5 (equal to msq in the second condition).
  const Row& optq = row_of(rows, "optq");
  CHECK(optq["mean_rank"].get<double>() == doctest::Approx((1 + 1.5) / 2));
  CHECK(optq["wins"] == 3);
  CHECK(optq["ratio"].get<double>() == 1);
  const Row& gpfq = row_of(rows, "gpfq");
  CHECK(gpfq["mean_rank"].get<double>() == doctest::Approx((2 + 1.75) / 2));
  CHECK(gpfq["wins"] == 1);
  CHECK(row_of(rows, "msq")["mean_rank"].get<double>() == doctest::Approx((3 + 2.75) / 2));
  // log2 of gpfq over optq: trial 0: 1, 1; trial 1: -1, 2. Means 1 and 1/2, so 3/4, half a unit apart: +- 12.706/4.
  CHECK(gpfq["ratio"].get<double>() == doctest::Approx(std::exp2(0.75)));
  CHECK(gpfq["high"].get<double>() == doctest::Approx(std::exp2(0.75 + 12.706 * 0.25)).epsilon(1e-3).scale(0));
  CHECK(gpfq["low"].get<double>() == doctest::Approx(std::exp2(0.75 - 12.706 * 0.25)).epsilon(1e-3).scale(0));
  // 4 seconds for two trials of 20 and of 60 weights.
  CHECK(row_of(rows, "msq")["seconds"].get<double>() == doctest::Approx(4.0 / 160));
}

TEST_CASE("leaderboard: a board is ranked by the error on fresh rows where all of its cells have it") {
  const ColumnTable errors = {{"relative_squared_error", ColumnKind::error},
                              {"fresh_relative_squared_error", ColumnKind::error}};
  for (const bool complete : {true, false}) {
    MeasuredCells measured;
    for (const auto& [name, seen, fresh] : {std::tuple{"msq", 3.0, 1.0}, {"gpfq", 2.0, 2.0}, {"optq", 1.0, 3.0}}) {
      measured.add({{"quantizer_name", name}}, {});
      measured.measure("relative_squared_error", 0, seen);
      if (complete || std::string(name) != "msq") measured.measure("fresh_relative_squared_error", 0, fresh);
    }
    std::vector<Row> rows;
    add_leaderboard(measured.cells, errors, rows);
    std::vector<std::string> deciding;
    for (const Row& row : rows)
      if (row["decides"].get<bool>()) deciding.push_back(row["quantizer"]);
    CHECK(deciding == (complete ? std::vector<std::string>{"msq", "gpfq", "optq"}
                                : std::vector<std::string>{"optq", "gpfq", "msq"}));
  }
}

TEST_CASE("leaderboard: conditions without all of a board's quantizers are another board's") {
  MeasuredCells measured = two_conditions();
  measured.add({{"quantizer_name", "msq"}, {"width", 90}, {"neurons", 2}}, {1, 1});
  measured.add({{"quantizer_name", "gpfq"}, {"width", 90}, {"neurons", 2}}, {3, 3});
  measured.add({{"quantizer_name", "gpfq"}, {"width", 91}, {"neurons", 2}}, {3, 3});
  const auto rows = board(measured);
  REQUIRE(rows.size() == 5);
  CHECK(rows[2]["contests"] == 4);
  CHECK(rows[3]["board"] == 2);
  CHECK(rows[3]["quantizer"] == "msq");
  CHECK(rows[3]["rivals"] == 2);
  CHECK(rows[4]["contests"] == 2);
}

TEST_CASE("leaderboard: only trials that are ok in all, and an error of 0 has no ratio") {
  MeasuredCells measured = two_conditions();
  measured.cells[0].values["error"].erase(1);
  CHECK(board(measured).front()["contests"] == 3);
  for (MeasuredCell& cell : measured.cells) cell.values["error"].erase(1);
  const auto one_trial = board(measured);
  CHECK(one_trial.front()["count"] == 1);
  CHECK(one_trial.front()["rank_low"].is_null());
  CHECK(one_trial.back()["low"].is_null());
  measured.cells[2].values["error"][0] = 0;
  CHECK(board(measured).back()["ratio"].is_null());
  for (MeasuredCell& cell : measured.cells) cell.values["error"].clear();
  CHECK(board(measured).empty());
}

TEST_CASE("leaderboard: the line that applies to most cells, of these the tightest") {
  MeasuredCells measured = two_conditions();
  const auto line = [](const std::string& name, BoundKind kind, double value) {
    CellLine told;
    told.name = name;
    told.kind = kind;
    told.metric = "error";
    told.values = {value, value};
    told.measured = {2, 1};
    return told;
  };
  measured.cells[1].lines = {line("loose", BoundKind::upper, 8), line("tight", BoundKind::upper, 4),
                             line("rare", BoundKind::upper, 3), line("guess", BoundKind::prediction, 2)};
  measured.cells[4].lines = {line("loose", BoundKind::upper, 8), line("tight", BoundKind::upper, 4)};
  const auto rows = board(measured);
  const Row& gpfq = row_of(rows, "gpfq");
  CHECK(gpfq["line"] == "tight");
  CHECK(gpfq["line_cells"] == 2);
  CHECK(gpfq["line_ratio"].get<double>() == doctest::Approx(3));  // of 2, 4, 2, 4
  CHECK(row_of(rows, "msq")["line"].is_null());
}

TEST_CASE("leaderboard: the interval of a mean rank covers equal quantizers' common rank as often as it says") {
  // Two quantizers whose errors are exchangeable: the expected rank is 1.5.
  std::mt19937_64 engine(1);
  std::uniform_real_distribution<double> error(1.0, 2.0);
  int covered = 0;
  const int sweeps = 400;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    MeasuredCells measured;
    for (const int width : {1, 2, 3})
      for (const char* name : {"msq", "gpfq"}) {
        std::vector<double> errors;
        for (int trial = 0; trial < 10; ++trial) errors.push_back(error(engine));
        measured.add({{"quantizer_name", name}, {"width", width}, {"neurons", 1}}, errors);
      }
    const Row row = board(measured).front();
    if (row["rank_low"].get<double>() <= 1.5 && row["rank_high"].get<double>() >= 1.5) ++covered;
  }
  // 95 % of 400, with a standard deviation of 4.4; the best of two is chosen, which changes nothing for an interval
  // about a common value.
  CHECK(covered > 362);
  CHECK(covered < 396);
}

}  // namespace leaderboard_test
