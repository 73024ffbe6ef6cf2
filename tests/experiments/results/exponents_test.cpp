#include "experiments/results/exponents.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "tests/experiments/results/measured_cells.hpp"

using namespace pathquant;
using testing::MeasuredCells;

namespace exponents_test {

std::vector<Row> found(const MeasuredCells& measured, const std::string& axis = "width") {
  std::vector<Row> rows;
  for (Row& row : exponents(measured.cells, testing::one_error, {}))
    if (row["axis"] == axis) rows.push_back(std::move(row));
  return rows;
}

Row only(const MeasuredCells& measured, const std::string& axis = "width") {
  auto rows = found(measured, axis);
  REQUIRE(rows.size() == 1);
  return rows.front();
}

// factors[k] x^power at x = 64, 128, .. for trial k.
MeasuredCells power_law(double power, const std::vector<double>& factors, int points = 5) {
  MeasuredCells measured;
  for (int i = 0, x = 64; i < points; ++i, x *= 2) {
    std::vector<double> errors;
    for (const double factor : factors) errors.push_back(factor * std::pow(x, power));
    measured.add({{"width", x}, {"quantizer_name", "gpfq"}}, errors);
  }
  return measured;
}

TEST_CASE("exponents: exact on exact power laws") {
  for (const double power : {-1.0, -0.5, 0.0, 2.0}) {
    const Row row = only(power_law(power, {0.1, 1.0, 30.0}));
    CHECK(row["slope"].get<double>() == doctest::Approx(power).epsilon(1e-12));
    CHECK(row["standard_error"].get<double>() < 1e-12);
    CHECK(row["off_by"].get<double>() == doctest::Approx(1));
    CHECK(row["count"] == 3);
    CHECK(row["points"] == 5);
    CHECK(row["from"] == 64);
    CHECK(row["to"] == 1024);
    CHECK(row["cell_id"] == "cell0");
    CHECK(row["rate"].is_null());
  }
}

TEST_CASE("exponents: by hand") {
  // Slopes -1 and -2 at x = 1, 2, 4: mean -3/2, standard error 1/2, and 12.706 of them for one degree of freedom.
  MeasuredCells measured;
  for (const int x : {1, 2, 4}) measured.add({{"width", x}}, {1.0 / x, 1.0 / (x * x)});
  const Row row = only(measured);
  CHECK(row["slope"].get<double>() == doctest::Approx(-1.5));
  CHECK(row["standard_error"].get<double>() == doctest::Approx(0.5));
  CHECK(row["high"].get<double>() == doctest::Approx(-1.5 + 6.353).epsilon(1e-4).scale(0));
  CHECK(row["low"].get<double>() == doctest::Approx(-1.5 - 6.353).epsilon(1e-4).scale(0));
  // A corner: log y = 0, log 2, 0 has slope 0 and residuals log 2 (-1/3, 2/3, -1/3).
  MeasuredCells corner;
  for (const int x : {1, 2, 4}) corner.add({{"width", x}}, {x == 2 ? 2.0 : 1.0});
  CHECK(std::abs(only(corner)["slope"].get<double>()) < 1e-15);
  CHECK(only(corner)["off_by"].get<double>() == doctest::Approx(std::pow(2.0, 2.0 / 3)));
  CHECK(only(corner)["low"].is_null());
}

TEST_CASE("exponents: the interval covers as often as it says") {
  // 4000 sweeps of 8 trials whose points share an error, as nested widths do. The number of covering intervals is
  // binomial: standard error sqrt(.95 * .05 / 4000) = .0034, tolerance 4 of them.
  std::mt19937_64 engine(1);
  std::normal_distribution<double> normal(0, 0.1);
  constexpr int sweeps = 4000;
  int covered = 0;
  for (int sweep = 0; sweep < sweeps; ++sweep) {
    std::vector<double> walk(8, 0.0);
    MeasuredCells measured;
    for (const int x : {64, 128, 256, 512, 1024}) {
      std::vector<double> errors;
      for (double& w : walk) errors.push_back(std::exp(w += normal(engine)) / x);
      measured.add({{"width", x}}, errors);
    }
    const Row row = only(measured);
    covered += row["low"].get<double>() <= -1 && -1 <= row["high"].get<double>() ? 1 : 0;
  }
  CHECK(std::abs(covered / double{sweeps} - 0.95) < 4 * 0.0034);
}

TEST_CASE("exponents: where N/m changes, the points at which the rate is reached are fitted, if they are enough") {
  const auto range = [](const std::vector<std::pair<int, int>>& shapes, const std::string& axis) {
    MeasuredCells measured;
    for (const auto& [width, samples] : shapes) measured.add({{"width", width}, {"samples", samples}}, {1.0 / width});
    const Row row = only(measured, axis);
    return std::tuple{row["from"].get<double>(), row["to"].get<double>(), row["range"].get<std::string>()};
  };
  CHECK(range({{64, 8}, {128, 8}, {256, 8}, {32, 8}}, "width") == std::tuple{64.0, 256.0, "width >= 8 samples"});
  CHECK(range({{64, 8}, {128, 8}, {63, 8}, {32, 8}}, "width") == std::tuple{32.0, 128.0, "all points"});
  CHECK(range({{64, 1}, {64, 4}, {64, 8}, {64, 9}}, "samples") == std::tuple{1.0, 8.0, "width >= 8 samples"});
  // In step, N/m fixed: the same at every point.
  CHECK(range({{64, 1}, {128, 2}, {256, 4}}, "width") == std::tuple{64.0, 256.0, "all points"});
}

TEST_CASE("exponents: what moves along with the axis does not tell series apart, unless it is no number") {
  MeasuredCells measured;
  for (const char* quantizer : {"msq", "gpfq"})
    for (const int width : {64, 128, 256})
      measured.add({{"width", width}, {"bits", width / 64}, {"quantizer_name", quantizer}}, {1});
  auto rows = found(measured);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["series"] == "msq");
  CHECK(rows[1]["series"] == "gpfq");
  CHECK(found(measured, "bits").size() == 2);

  MeasuredCells laws;
  for (const int width : {1, 2, 3, 10, 20, 30})
    laws.add({{"width", width}, {"quantizer_alphabet_levels", width < 10 ? Row("infinite") : Row(3)}}, {1});
  rows = found(laws);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["series"] == "levels infinite");
  CHECK(rows[1]["from"] == 10);
}

TEST_CASE("exponents: an axis has three positive numbers at least") {
  CHECK(found(power_law(-1, {1}, 2)).empty());
  MeasuredCells measured;
  for (const Row& scale : {Row(0.0), Row(1.0), Row(2.0), Row("infinite")}) measured.add({{"scale", scale}}, {1});
  CHECK(found(measured, "scale").empty());
  measured.add({{"scale", 3.0}}, {1});
  CHECK(only(measured, "scale")["points"] == 3);
}

TEST_CASE("exponents: a measured column is an axis when it is plotted and no trial changes it") {
  for (const bool changes : {false, true}) {
    MeasuredCells measured;
    for (const int bits : {2, 3, 4}) {
      measured.add({{"quantizer_alphabet_bits", bits}}, {std::pow(4.0, -bits), 2 * std::pow(4.0, -bits)});
      for (const int trial : {0, 1}) measured.measure("levels", trial, std::exp2(bits) + (changes ? trial : 0));
    }
    const auto rows = exponents(measured.cells, testing::one_error, {"levels"});
    CHECK(rows.size() == (changes ? 1 : 2));
    if (!changes) CHECK(rows[1]["slope"].get<double>() == doctest::Approx(-2));
    CHECK(exponents(measured.cells, testing::one_error, {}).size() == 1);
  }
}

TEST_CASE("exponents: of a cost all points are fitted") {
  MeasuredCells measured;
  for (const int width : {8, 64, 128, 256}) {
    measured.add({{"width", width}, {"samples", 8}}, {1.0 / width});
    measured.measure("cost", 0, 3.0 * width);
  }
  const auto rows = exponents(measured.cells, testing::one_error + ColumnTable{{"cost", ColumnKind::cost}}, {});
  REQUIRE(rows.size() == 2);
  for (const Row& row : rows) {
    const bool cost = row["metric"] == "cost";
    CHECK(row["points"] == (cost ? 4 : 3));
    CHECK(row["from"] == (cost ? 8 : 64));
    CHECK(row["slope"].get<double>() == doctest::Approx(cost ? 1 : -1));
  }
}

TEST_CASE("exponents: a trial counts when it has a positive value at every point") {
  MeasuredCells measured = power_law(-1, {1, 1, 1, 1});
  measured.cells[1].values["error"].erase(0);
  measured.cells[2].values["error"][3] = 0;
  CHECK(only(measured)["count"] == 2);
  for (const int trial : {1, 2}) measured.cells[4].values["error"].erase(trial);
  CHECK(found(measured).empty());
  // A cell that has not run yet is no point.
  MeasuredCells part = power_law(-1, {1}, 4);
  part.cells[0].trials = 0;
  CHECK(only(part)["from"] == 128);
}

TEST_CASE("exponents: a rate has the slope of its shape, where it applies to every point") {
  MeasuredCells measured = power_law(-1, {1, 2});
  for (std::size_t i = 0; i < 5; ++i) measured.cells[i].rates["the_rate"] = 7 * std::pow(64 << i, -0.75);
  auto rows = found(measured);
  REQUIRE(rows.size() == 2);
  CHECK(rows[1]["rate"] == "the_rate");
  CHECK(rows[1]["metric"] == "relative_squared_error");
  CHECK(rows[1]["slope"].get<double>() == doctest::Approx(-0.75));
  for (const char* none : {"count", "standard_error", "low", "high"}) CHECK(rows[1][none].is_null());
  measured.cells[3].rates.clear();
  CHECK(found(measured).size() == 1);
}

}  // namespace exponents_test
