#include "experiments/results/audit.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "experiments/sample_statistics/binomial.hpp"
#include "tests/experiments/results/measured_cells.hpp"

using namespace pathquant;
using testing::MeasuredCells;

namespace audit_test {

CellLine upper(double probability, std::vector<double> values, std::vector<double> measured) {
  return {"the_line", BoundKind::upper, "error", probability, 0, std::move(values), std::move(measured), {}};
}

CellLine mean(BoundKind kind, double value, std::vector<double> measured) {
  return {"the_line", kind, "error", std::nullopt, 0, std::vector<double>(measured.size(), value), measured, {}};
}

// A cell of n trials with one line.
void add(MeasuredCells& measured, std::size_t trials, CellLine line) {
  measured.add({}, std::vector<double>(trials, 1)).lines = {std::move(line)};
}

/// 0.9, 1.1, 0.9, ..: mean 1.
std::vector<double> around_one(std::size_t n) {
  std::vector<double> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(i % 2 == 0 ? 0.9 : 1.1);
  return values;
}

TEST_CASE("audit: an upper line by hand") {
  MeasuredCells measured;
  // 10 trials; in 4 of them the line applies, in 1 of those it is exceeded.
  add(measured, 10, upper(0.9, {2, 4, 8, 3}, {1, 1, 1, 6}));
  const auto rows = audit(measured.cells);
  REQUIRE(rows.size() == 2);
  const Row& row = rows[1];
  CHECK(row["cell_id"] == "cell0");
  CHECK(row["bound"] == "the_line");
  CHECK(row["kind"] == "upper");
  CHECK(row["trials"] == 10);
  CHECK(row["judged"] == 4);
  CHECK(row["violations"] == 1);
  // The joint event: 1 of 10, not 1 of 4.
  CHECK(row["rate"] == 0.1);
  CHECK(row["rate_low"] == clopper_pearson(1, 10).low);
  CHECK(row["rate_high"] == clopper_pearson(1, 10).high);
  CHECK(row["eta"].get<double>() == doctest::Approx(0.1));
  CHECK(row["chance"].get<double>() == doctest::Approx(1 - std::pow(0.9, 10)));
  CHECK(row["consistent"] == true);
  CHECK(row["looseness_least"] == 0.5);
  CHECK(row["looseness_median"] == 3.0);
  CHECK(row["ratio"].is_null());
  CHECK(rows[0]["cell_id"].is_null());
  CHECK(rows[0]["cells"] == 1);
  CHECK(rows[0]["worst_cell"] == "cell0");
}

TEST_CASE("audit: a line that is certain may not be exceeded once, and what is attained holds") {
  for (const auto& [excess, tolerance, consistent] : {std::tuple{1e-9, 0.0, false}, {1e-9, 1e-8, true}}) {
    MeasuredCells measured;
    CellLine line = upper(1, {1, 1}, {1, 1 + excess});
    line.tolerance = tolerance;
    add(measured, 2, line);
    CHECK(audit(measured.cells)[1]["consistent"] == consistent);
  }
}

TEST_CASE("audit: a line that fails as often as it says agrees, one that fails three times as often does not") {
  // 1000 trials, eta = .01. True rate .01: a false alarm has probability at most .00135, so among 500 audits at most 4
  // have one (P(Poisson(.675) > 4) = .0006). True rate .03: 21 or more violations are seen but with probability .027
  // (normal: (20.5 - 30)/5.39 = -1.76; 20 of 1000 has chance .0032), so most of 500 notice.
  std::mt19937_64 engine(5);
  int alarms = 0, noticed = 0;
  for (int repetition = 0; repetition < 500; ++repetition)
    for (const double rate : {0.01, 0.03}) {
      std::binomial_distribution<int> law(1000, rate);
      std::vector<double> errors(1000, 0.5);
      std::fill_n(errors.begin(), law(engine), 2.0);
      MeasuredCells measured;
      add(measured, 1000, upper(0.99, std::vector<double>(1000, 1), errors));
      const bool refuted = audit(measured.cells)[1]["consistent"] == false;
      (rate == 0.01 ? alarms : noticed) += refuted ? 1 : 0;
    }
  CHECK(alarms <= 4);
  CHECK(noticed > 450);
}

TEST_CASE("audit: cells are not pooled into one rate") {
  // 3 of 20 violations at eta = .05 in one cell, none in the other: the worst cell's numbers stand for the sweep.
  MeasuredCells measured;
  add(measured, 20, upper(0.95, std::vector<double>(20, 1), std::vector<double>(20, 0.1)));
  std::vector<double> errors(20, 0.5);
  std::fill_n(errors.begin(), 3, 2.0);
  add(measured, 20, upper(0.95, std::vector<double>(20, 1), errors));
  const auto rows = audit(measured.cells);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0]["cells"] == 2);
  CHECK(rows[0]["trials"] == 40);
  CHECK(rows[0]["judged"] == 40);
  CHECK(rows[0]["violations"] == 3);
  CHECK(rows[0]["worst_cell"] == "cell1");
  for (const char* key : {"rate", "rate_low", "rate_high", "chance"}) CHECK(rows[0][key] == rows[2][key]);
  CHECK(rows[0]["looseness_q95"] == 10.0);
}

TEST_CASE("audit: Bonferroni's verdict over the cells") {
  // 6 of 20 at eta = .05 have a chance of .00033: refuted in a sweep of one cell, not in one of 5.
  for (const auto& [cells, consistent] : {std::pair{1, false}, {4, false}, {5, true}}) {
    MeasuredCells measured;
    std::vector<double> errors(20, 0.5);
    std::fill_n(errors.begin(), 6, 2.0);
    for (int cell = 0; cell < cells; ++cell) {
      add(measured, 20, upper(0.95, std::vector<double>(20, 1), errors));
      errors.assign(20, 0.5);
    }
    CHECK(audit(measured.cells)[0]["consistent"] == consistent);
    CHECK(audit(measured.cells)[1]["consistent"] == false);
  }
}

TEST_CASE("audit: means are judged by their ratio, over twenty trials and not over fewer") {
  const auto verdict = [](BoundKind kind, double value, std::size_t trials = 20) {
    MeasuredCells measured;
    add(measured, trials, mean(kind, value, around_one(trials)));
    const Row row = audit(measured.cells)[1];
    CHECK(row["ratio"].get<double>() == doctest::Approx(value));
    CHECK(row["ratio_low"].get<double>() < value);
    CHECK(row["ratio_high"].get<double>() > value);
    for (const char* none : {"violations", "rate", "eta", "looseness_median", "probability"})
      CHECK(row[none].is_null());
    return row["consistent"];
  };
  // Standard error .1 sqrt(20/19)/sqrt(20) = .023.
  CHECK(verdict(BoundKind::upper_mean, 0.99) == true);
  CHECK(verdict(BoundKind::upper_mean, 3) == true);
  CHECK(verdict(BoundKind::upper_mean, 0.85) == false);
  CHECK(verdict(BoundKind::lower_mean, 0.01) == true);
  CHECK(verdict(BoundKind::lower_mean, 1.15) == false);
  CHECK(verdict(BoundKind::prediction, 1) == true);
  CHECK(verdict(BoundKind::prediction, 0.93) == true);  // 5 % and one standard error
  CHECK(verdict(BoundKind::prediction, 1.08) == true);
  CHECK(verdict(BoundKind::prediction, 0.8) == false);
  CHECK(verdict(BoundKind::prediction, 1.25) == false);
  CHECK(verdict(BoundKind::prediction, 0.8, 18).is_null());
}

TEST_CASE("audit: a line is refuted where nothing in the deciding interval is allowed") {
  // Of k violations in 60 trials at eta = .1, in a sweep of 3 cells.
  for (int k = 0; k <= 30; ++k) {
    MeasuredCells measured;
    for (int cell = 0; cell < 3; ++cell) {
      std::vector<double> errors(60, 0.5);
      if (cell == 1) std::fill_n(errors.begin(), k, 2.0);
      add(measured, 60, upper(0.9, std::vector<double>(60, 1), errors));
    }
    for (const Row& row : audit(measured.cells))
      CHECK(row["consistent"] == (row["deciding_low"].get<double>() <= row["eta"].get<double>()));
  }
  for (int step = -20; step <= 20; ++step)
    for (const BoundKind kind : {BoundKind::upper_mean, BoundKind::lower_mean, BoundKind::prediction}) {
      MeasuredCells measured;
      for (const double value : {1 + 0.013 * step, 1.0, 1.0}) add(measured, 20, mean(kind, value, around_one(20)));
      const Row row = audit(measured.cells)[0];
      const double accuracy = row["accuracy"].is_null() ? 0 : row["accuracy"].get<double>();
      const bool too_low = row["deciding_high"] < 1 / (1 + accuracy);
      const bool too_high = row["deciding_low"] > 1 + accuracy;
      CHECK(row["consistent"] ==
            !((kind != BoundKind::lower_mean && too_low) || (kind != BoundKind::upper_mean && too_high)));
    }
}

TEST_CASE("audit: trials that could not refute an upper line are too few to judge it") {
  // At eta = .01 two trials refute by .0001, in 13 cells at most.
  for (const auto& [trials, cells, judged] : {std::tuple{1, 1, false}, {2, 13, true}, {2, 14, false}}) {
    MeasuredCells measured;
    for (int cell = 0; cell < cells; ++cell)
      add(measured, static_cast<std::size_t>(trials),
          upper(0.99, std::vector<double>(trials, 2), std::vector<double>(trials, 1)));
    CHECK(audit(measured.cells)[0]["consistent"].is_null() == !judged);
  }
}

TEST_CASE("audit: lines come by name, the sweep before its cells, and the worst cell is the closest to being wrong") {
  MeasuredCells measured;
  for (const double value : {4.0, 2.0, 3.0}) {
    add(measured, 20, mean(BoundKind::upper_mean, value, around_one(20)));
    measured.cells.back().lines.push_back(upper(0.9, {value}, {1}));
    measured.cells.back().lines.back().name = "another";
  }
  const auto rows = audit(measured.cells);
  REQUIRE(rows.size() == 8);
  CHECK(rows[0]["bound"] == "another");
  CHECK(rows[4]["bound"] == "the_line");
  for (const std::size_t sweep : {0u, 4u}) {
    CHECK(rows[sweep]["cell_id"].is_null());
    CHECK(rows[sweep]["worst_cell"] == "cell1");
    CHECK(rows[sweep + 1]["cell_id"] == "cell0");
  }
  CHECK(rows[4]["ratio"].get<double>() == doctest::Approx(2));
}

}  // namespace audit_test
