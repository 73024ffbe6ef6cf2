#include "core/alphabet/nested_grid.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <stdexcept>

#include "tests/core/sign_planes/vectors.hpp"

using namespace pathquant;

namespace nested_grid_test {

TEST_CASE("With codes up to b bits, x_b is the nearest level of b bits") {
  const NestedGrid grid(1.3);
  std::vector<double> numbers = testing::uniforms("nested", 2000);
  for (double& x : numbers) x = 1.3 * (2 * x - 1);
  for (const double x : {0.0, 1.3, -1.3, 0.4333, -0.4333, 1e-9}) numbers.push_back(x);
  for (const double x : numbers) {
    const auto codes = grid.codes(x);
    double sum = 0;
    for (std::size_t stage = 0; stage < 4; ++stage) {
      const double step = grid.step(stage);
      // x = a is halfway to a level beyond the outermost one.
      const double most = std::ldexp(1.0, NestedGrid::bits[stage] - 1) - 1;
      const double nearest = std::clamp(std::round(x / step), -most, most);
      CHECK(std::abs(grid.value(codes, stage) - step * nearest) < 1e-12);
      CHECK(std::abs(x - grid.value(codes, stage)) <= step / 2 * (1 + 1e-9));
      sum += codes[stage] * step;
      CHECK(std::abs(grid.value(codes, stage) - sum) < 1e-12);
      CHECK(std::abs(codes[stage]) <= NestedGrid::ratio(stage) / 2);
    }
  }
}

TEST_CASE("Every level of a grid is one of the next, and its borders are too") {
  const NestedGrid grid(2.0);
  for (std::size_t stage = 0; stage < 4; ++stage) {
    CHECK(grid.step(stage) ==
          doctest::Approx(4.0 / (std::pow(2, NestedGrid::bits[stage]) - 1)).epsilon(1e-15).scale(0));
    if (stage == 0) continue;
    CHECK(NestedGrid::ratio(stage) % 2 == 1);
    CHECK(grid.step(stage - 1) == doctest::Approx(grid.step(stage) * static_cast<double>(NestedGrid::ratio(stage))));
  }
  // 3, 15, 255 and 65535 levels between -a and a.
  std::int64_t levels = 1;
  for (std::size_t stage = 0; stage < 4; ++stage) {
    levels *= NestedGrid::ratio(stage);
    CHECK(levels == (std::int64_t{1} << NestedGrid::bits[stage]) - 1);
    CHECK(static_cast<double>(levels - 1) / 2 * grid.step(stage) <= 2.0);
  }
}

TEST_CASE("Beyond the range the outermost level is taken; more bits never err more") {
  const NestedGrid grid(0.7);
  for (const double x : {0.71, -5.0, 1e300}) {
    const auto codes = grid.codes(x);
    for (std::size_t stage = 0; stage < 4; ++stage)
      CHECK(grid.value(codes, stage) ==
            doctest::Approx(std::copysign(grid.step(stage) * ((1 << (NestedGrid::bits[stage] - 1)) - 1), x)));
  }
  double before = 1e9;
  for (std::size_t stage = 0; stage < 4; ++stage) {
    double error = 0;
    for (double x = -0.7; x <= 0.7; x += 0.0137) error += std::pow(x - grid.value(grid.codes(x), stage), 2);
    CHECK(error < before);
    before = error;
  }
  CHECK_THROWS_AS(NestedGrid(0), std::invalid_argument);
  const double infinite = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(NestedGrid{infinite}, std::invalid_argument);
}

}  // namespace nested_grid_test
