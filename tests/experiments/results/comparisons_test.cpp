#include "experiments/results/comparisons.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "tests/experiments/results/measured_cells.hpp"

using namespace pathquant;
using testing::MeasuredCells;

namespace comparisons_test {

std::vector<Row> pairs(const MeasuredCells& measured) {
  return comparisons(measured.cells, testing::one_error);
}

TEST_CASE("comparisons: by hand") {
  MeasuredCells measured;
  measured.add({{"quantizer_name", "msq"}}, {1, 2, 4});
  measured.add({{"quantizer_name", "gpfq"}}, {0.5, 2, 16});
  const auto rows = pairs(measured);
  REQUIRE(rows.size() == 1);
  const Row& row = rows.front();
  CHECK(row["cell_id"] == "cell1");
  CHECK(row["against"] == "cell0");
  CHECK(row["quantizer"] == "gpfq");
  CHECK(row["reference"] == "msq");
  CHECK(row["wins"] == 1);
  CHECK(row["losses"] == 1);
  CHECK(row["ties"] == 1);
  // log2 of the ratios: -1, 0, 2; mean 1/3, variance (16 + 1 + 25)/9/2 = 7/3, and 4.303 for two degrees of freedom.
  const double unit = std::log(2.0), error = std::sqrt(7.0 / 9);
  CHECK(row["log_ratio"].get<double>() == doctest::Approx(unit / 3));
  CHECK(row["ratio"].get<double>() == doctest::Approx(std::cbrt(2.0)));
  CHECK(row["standard_error"].get<double>() == doctest::Approx(unit * error));
  CHECK(row["high"].get<double>() == doctest::Approx(unit * (1.0 / 3 + 4.3027 * error)).epsilon(1e-4).scale(0));
}

TEST_CASE("comparisons: over the trials that are ok in both") {
  MeasuredCells measured;
  measured.add({{"quantizer_name", "msq"}}, {1, 2, 4});
  measured.add({{"quantizer_name", "gpfq"}}, {1, 1, 1});
  measured.cells[0].values["error"].erase(0);
  measured.cells[1].values["error"].erase(2);
  CHECK(pairs(measured).front()["count"] == 1);
  CHECK(pairs(measured).front()["ratio"].get<double>() == doctest::Approx(0.5));
  CHECK(pairs(measured).front()["low"].is_null());
  measured.cells[0].values["error"].erase(1);
  CHECK(pairs(measured).empty());
}

TEST_CASE("comparisons: a threshold is an axis that a pair shares, unless it comes with the quantizer") {
  MeasuredCells measured;
  for (const double threshold : {0.1, 0.2})
    for (const char* decision : {"soft", "hard"})
      measured.add({{"quantizer_name", "gpfq"}, {"quantizer_decision", decision}, {"quantizer_threshold", threshold}},
                   {1});
  auto rows = pairs(measured);
  REQUIRE(rows.size() == 2);
  CHECK(rows[1]["cell_id"] == "cell3");
  CHECK(rows[1]["against"] == "cell2");
  CHECK(rows[1]["quantizer"] == "gpfq, decision hard");

  MeasuredCells variants;
  variants.add({{"quantizer_name", "gpfq"}, {"quantizer_decision", "nearest"}}, {1});
  variants.add({{"quantizer_name", "gpfq"}, {"quantizer_decision", "soft"}, {"quantizer_threshold", 0.1}}, {1});
  CHECK(pairs(variants).size() == 1);
}

TEST_CASE("comparisons: an error of 0 has no logarithm, but wins") {
  MeasuredCells measured;
  measured.add({{"quantizer_name", "msq"}}, {1, 0});
  measured.add({{"quantizer_name", "gpfq"}}, {0, 0});
  const auto rows = pairs(measured);
  CHECK(rows.front()["wins"] == 1);
  CHECK(rows.front()["ties"] == 1);
  CHECK(rows.front()["ratio"].is_null());
}

TEST_CASE("comparisons: every pair that is equal in everything but the quantizer") {
  MeasuredCells measured;
  for (const int width : {8, 16})
    for (const int levels : {3, 5}) {
      measured.add({{"width", width}, {"quantizer_name", "msq"}, {"quantizer_alphabet_levels", levels}}, {1});
      for (const int passes : {1, 2})
        measured.add({{"width", width},
                      {"quantizer_name", "spfq"},
                      {"quantizer_alignment", passes},
                      {"quantizer_alphabet_levels", levels}},
                     {1});
    }
  const auto rows = pairs(measured);
  REQUIRE(rows.size() == 4 * 3);
  CHECK(rows[0]["cell_id"] == "cell1");
  CHECK(rows[0]["quantizer"] == "spfq, alignment 1");
  CHECK(rows[2]["cell_id"] == "cell2");
  CHECK(rows[2]["reference"] == "spfq, alignment 1");
  for (const Row& row : rows) {
    const auto number = [&](const char* key) { return std::stoi(row[key].get<std::string>().substr(4)) / 3; };
    CHECK(number("cell_id") == number("against"));
  }
}

TEST_CASE("comparisons: an alphabet that comes with the quantizer belongs to it") {
  MeasuredCells measured;
  for (const int width : {8, 16}) {
    measured.add({{"width", width}, {"quantizer_name", "msq"}, {"quantizer_alphabet_radius_rule", "mse"}}, {1});
    measured.add({{"width", width}, {"quantizer_name", "gpfq"}, {"quantizer_alphabet_radius_rule", "absmax"}}, {1});
  }
  CHECK(pairs(measured).size() == 2);
  // One quantizer with two alphabets is no pair of quantizers.
  MeasuredCells alphabets;
  for (const int levels : {3, 5})
    alphabets.add({{"quantizer_name", "msq"}, {"quantizer_alphabet_levels", levels}}, {1});
  CHECK(pairs(alphabets).empty());
}

TEST_CASE("comparisons: the interval covers the ratio as often as it says, and is narrow where errors move together") {
  // 4000 sweeps of 6 trials: log a = z + noise, log b = z + noise - log 2, z much wider than the noise. Coverage is
  // binomial with standard error .0034; tolerance 4 of them.
  std::mt19937_64 engine(3);
  std::normal_distribution<double> normal;
  constexpr int sweeps = 4000;
  int covered = 0;
  double width = 0;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    std::vector<double> a, b;
    for (int trial = 0; trial < 6; ++trial) {
      const double z = normal(engine);
      a.push_back(std::exp(z + 0.01 * normal(engine)));
      b.push_back(std::exp(z + 0.01 * normal(engine)) / 2);
    }
    MeasuredCells measured;
    measured.add({{"quantizer_name", "msq"}}, a);
    measured.add({{"quantizer_name", "gpfq"}}, b);
    const Row row = pairs(measured).front();
    covered += row["low"].get<double>() <= -std::log(2) && -std::log(2) <= row["high"].get<double>() ? 1 : 0;
    width += (row["high"].get<double>() - row["low"].get<double>()) / sweeps;
  }
  CHECK(std::abs(covered / double{sweeps} - 0.95) < 4 * 0.0034);
  // 2 * 2.571 * sqrt(2) * .01 / sqrt(6), the standard deviation of 6 values being a little low in the mean.
  CHECK(width == doctest::Approx(0.0297).epsilon(0.07).scale(0));
}

}  // namespace comparisons_test
