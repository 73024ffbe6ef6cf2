#include "core/alphabet/data_levels.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/alphabet/distribution_levels.hpp"
#include "core/sign_planes/least_squares.hpp"
#include "tests/core/sign_planes/vectors.hpp"

using namespace pathquant;
using testing::normals;
using testing::uniforms;

namespace data_levels_test {

double error(const std::vector<double>& x, const std::vector<double>& levels, const std::vector<double>& h = {}) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    double nearest = std::numeric_limits<double>::infinity();
    for (const double level : levels) nearest = std::min(nearest, std::abs(x[i] - level));
    sum += (h.empty() ? 1 : h[i]) * nearest * nearest;
  }
  return sum;
}

// The least error over all ways to give each number one of `count` means.
double brute_force(const std::vector<double>& x, std::size_t count, const std::vector<double>& h) {
  std::vector<std::size_t> choice(x.size(), 0);
  double least = std::numeric_limits<double>::infinity();
  for (;;) {
    std::vector<double> weight(count, 0), sum(count, 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      weight[choice[i]] += h[i];
      sum[choice[i]] += h[i] * x[i];
    }
    double total = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const double rest = x[i] - (weight[choice[i]] > 0 ? sum[choice[i]] / weight[choice[i]] : x[i]);
      total += h[i] * rest * rest;
    }
    least = std::min(least, total);
    std::size_t digit = 0;
    while (digit < x.size() && ++choice[digit] == count) choice[digit++] = 0;
    if (digit == x.size()) return least;
  }
}

TEST_CASE("The levels are the best of all assignments") {
  for (std::size_t draw = 0; draw < 60; ++draw) {
    CAPTURE(draw);
    const std::size_t n = 1 + draw % 8;
    const std::size_t count = 1 + draw % 3;
    std::vector<double> x = normals<double>("data levels/" + std::to_string(draw), n);
    if (draw % 4 == 0)
      for (double& number : x) number = std::round(number);
    std::vector<double> h = draw % 2 == 0 ? std::vector<double>(n, 1.0) : uniforms("data levels/h", n);
    const auto levels = best_levels(x, static_cast<std::int64_t>(count), h);
    CHECK(std::is_sorted(levels.begin(), levels.end()));
    CHECK(levels.size() <= count);
    CHECK(std::abs(error(x, levels, h) - brute_force(x, count, h)) < 1e-13);
  }
}

TEST_CASE("Enough levels keep every number; two for magnitudes are those of LS-2") {
  const std::vector<double> few = {3, 1, 1, -2, 3, 3};
  CHECK(best_levels(few, 3) == std::vector<double>{-2, 1, 3});
  CHECK(best_levels(few, 8) == std::vector<double>{-2, 1, 3});
  CHECK(best_levels(few, 1).front() == doctest::Approx(1.5));
  std::vector<double> sizes = normals<double>("magnitudes", 500);
  for (double& size : sizes) size = std::abs(size);
  const auto scales = ls2<double>(sizes);
  const auto levels = best_levels(sizes, 2);
  CHECK(levels[0] == doctest::Approx(scales[0] - scales[1]).epsilon(1e-13).scale(0));
  CHECK(levels[1] == doctest::Approx(scales[0] + scales[1]).epsilon(1e-13).scale(0));
}

TEST_CASE("Many Gaussian numbers come near the law's levels, and a little below its error") {
  const std::vector<double> x = normals<double>("many", 40000);
  double energy = 0;
  for (const double number : x) energy += number * number;
  for (const std::int64_t count : {2, 3, 4, 8}) {
    const auto levels = best_levels(x, count);
    const DistributionLevels law = lloyd_max(ScalarDistribution::gaussian(), count);
    // A level is a mean of some 40000/count numbers of its cell.
    for (std::size_t i = 0; i < levels.size(); ++i) CHECK(std::abs(levels[i] - law.levels[i]) < 0.08);
    CHECK(error(x, levels) <= error(x, law.levels));
    CHECK(error(x, levels) / energy == doctest::Approx(law.error).epsilon(0.04).scale(0));
  }
}

TEST_CASE("Neither nearly equal numbers nor a far centre nor weights of zero disturb it") {
  std::vector<double> x = normals<double>("near", 200);
  std::vector<double> shifted(x);
  for (double& number : shifted) number = 1e6 + number / 1024;
  const auto levels = best_levels(x, 5);
  const auto moved = best_levels(shifted, 5);
  for (std::size_t i = 0; i < 5; ++i)
    CHECK((moved[i] - 1e6) * 1024 == doctest::Approx(levels[i]).epsilon(1e-6).scale(0));
  std::vector<double> h(200, 1.0);
  x.push_back(1e9);
  h.push_back(0);
  CHECK(best_levels(x, 5, h) == levels);
  CHECK_THROWS_AS(best_levels(x, 0), std::invalid_argument);
  CHECK_THROWS_AS(best_levels(std::vector<double>{1}, 2, std::vector<double>{0}), std::invalid_argument);
}

}  // namespace data_levels_test
