#include "experiments/results/statements.hpp"

#include <doctest/doctest.h>

#include <iterator>
#include <sstream>

#include "experiments/results/audit.hpp"
#include "experiments/results/comparisons.hpp"
#include "experiments/results/exponents.hpp"
#include "tests/experiments/results/measured_cells.hpp"

using namespace pathquant;
using testing::MeasuredCells;

namespace statements_test {

// Two quantizers at three widths, two trials each, and a line that is exceeded in none of them.
MeasuredCells sweep() {
  MeasuredCells measured;
  for (const char* quantizer : {"msq", "gpfq"})
    for (const int width : {64, 128, 256}) {
      const double error = quantizer[0] == 'm' ? 0.5 : 16.0 / width;
      measured.add({{"width", width}, {"quantizer_name", quantizer}}, {});
      for (const int trial : {0, 1}) measured.measure("relative_squared_error", trial, error);
      measured.cells.back().trials = 2;
      measured.cells.back().lines = {{"the_line",
                                      BoundKind::upper,
                                      "relative_squared_error",
                                      0.99,
                                      0,
                                      {3 * error, 3 * error},
                                      {error, error},
                                      {}}};
    }
  return measured;
}

std::string text(const MeasuredCells& measured, const std::string& plot, std::size_t shown) {
  Plan plan;
  plan.columns = {{"relative_squared_error", ColumnKind::error}};
  Diagnostics diagnostics;
  plan.config.plot = parse_yaml(plot, "test", diagnostics);
  for (const MeasuredCell& cell : measured.cells) plan.cells.push_back(*cell.planned);
  Results results;
  results.exponents = exponents(measured.cells, plan.columns, {});
  results.comparisons = comparisons(measured.cells, plan.columns);
  results.audit = audit(measured.cells);
  return statements(plan, {plan.cells.begin(), plan.cells.begin() + static_cast<std::ptrdiff_t>(shown)}, results);
}

bool has(const std::string& all, const std::vector<std::string>& words) {
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream stream(line);
    if (std::vector<std::string>(std::istream_iterator<std::string>(stream), {}) == words) return true;
  }
  return false;
}

TEST_CASE("statements: slopes, pairs and the audit, one line each") {
  const std::string all = text(sweep(), "{x: width, y: relative_squared_error}", 6);
  CHECK(has(all, {"msq", "width", "relative_squared_error", "0.0000", "0", "1", "2", "64", "to", "256"}));
  CHECK(has(all, {"gpfq", "width", "relative_squared_error", "-1.0000", "0", "1", "2", "64", "to", "256"}));
  CHECK(has(all, {"gpfq", "/", "msq", "relative_squared_error", "3", "0.125", "[0.125,", "0.125]", "0.5", "[0.5,",
                  "0.5]", "6", "of", "6", "trials"}));
  // None of 2 in one of 6 cells: the p with (1 - p)^2 = .00135/6 is .985.
  CHECK(has(all, {"the_line", "upper", "6", "12", "0", "0", "[0,", "0.985]", "at", "most", "0.01", "3", "(3", "to",
                  "3)", "not", "refuted"}));
}

TEST_CASE("statements: of the plotted axis, or of all without a plot; of the cells that are shown") {
  CHECK(text(sweep(), "{x: samples, y: relative_squared_error}", 6).find("slopes") == std::string::npos);
  CHECK(text(sweep(), "{x: width, y: relative_squared_error, scale: semilogy}", 6).find("slopes") == std::string::npos);
  CHECK(text(sweep(), "{}", 6).find("slopes") != std::string::npos);
  // A metric without exponents (clipped, say) leaves the error.
  CHECK(text(sweep(), "{x: width, y: clipped}", 6).find("-1.0000") != std::string::npos);
  const std::string some = text(sweep(), "{}", 3);
  CHECK(some.find("gpfq") == std::string::npos);
  CHECK(some.find("the_line") != std::string::npos);
  CHECK(text(MeasuredCells(), "{}", 0).empty());
}

TEST_CASE("statements: a line that is refuted is seen to be") {
  MeasuredCells measured = sweep();
  measured.cells[0].lines[0].probability = 1;
  measured.cells[0].lines[0].measured[0] = 99;
  CHECK(text(measured, "{}", 6).find("REFUTED") != std::string::npos);
}

TEST_CASE("statements: what is printed decides") {
  // 20 trials of a prediction that is 3 % off: the interval excludes 1, and the 5 % that are allowed are printed.
  MeasuredCells measured;
  measured.add({{"width", 64}}, std::vector<double>(20, 1));
  std::vector<double> errors;
  for (int trial = 0; trial < 20; ++trial) errors.push_back(1 + (trial % 2 == 0 ? 0.001 : -0.001));
  measured.cells.back().lines = {
      {"a_prediction", BoundKind::prediction, "error", std::nullopt, 0, std::vector<double>(20, 0.97), errors, {}}};
  const std::string all = text(measured, "{}", 1);
  CHECK(all.find("1 within 5 %") != std::string::npos);
  CHECK(all.find("not refuted") != std::string::npos);
  CHECK(all.find("agrees") == std::string::npos);
}

TEST_CASE("statements: one trial of a line that may fail once in a hundred is too few") {
  MeasuredCells measured;
  measured.add({{"width", 64}}, {1});
  measured.cells.back().lines = {{"the_line", BoundKind::upper, "error", 0.99, 0, {2}, {1}, {}}};
  CHECK(text(measured, "{}", 1).find("too few trials") != std::string::npos);
  measured.cells.back().lines[0].probability = 1;
  CHECK(text(measured, "{}", 1).find("not refuted") != std::string::npos);
}

}  // namespace statements_test
