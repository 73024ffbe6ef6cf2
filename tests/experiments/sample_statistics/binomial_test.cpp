#include "experiments/sample_statistics/binomial.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace pathquant;

namespace binomial_test {

double probability_of(int k, int n, double p) {
  double ways = 1;
  for (int i = 0; i < k; ++i) ways = ways * (n - i) / (i + 1);
  return ways * std::pow(p, k) * std::pow(1 - p, n - k);
}

TEST_CASE("binomial: the tail is the sum of its terms") {
  for (const double p : {0.01, 0.3, 0.9})
    for (const int k : {1, 2, 7, 20}) {
      double sum = 0;
      for (int i = k; i <= 20; ++i) sum += probability_of(i, 20, p);
      CHECK(chance_of_as_many(static_cast<std::size_t>(k), 20, p) == doctest::Approx(sum).epsilon(1e-12).scale(0));
    }
  CHECK(chance_of_as_many(0, 20, 0.5) == 1);
  // What cannot happen has not happened by chance.
  CHECK(chance_of_as_many(0, 20, 0) == 1);
  CHECK(chance_of_as_many(1, 20, 0) == 0);
}

TEST_CASE("binomial: the interval at both ends") {
  // None of n: the p with (1 - p)^n = .025.
  for (const std::size_t n : {1u, 20u, 1000u}) {
    const double bound = 1 - std::pow(0.025, 1.0 / static_cast<double>(n));
    CHECK(clopper_pearson(0, n).low == 0);
    CHECK(clopper_pearson(0, n).high == doctest::Approx(bound).epsilon(1e-10).scale(0));
    CHECK(clopper_pearson(n, n).high == 1);
    CHECK(clopper_pearson(n, n).low == doctest::Approx(1 - bound).epsilon(1e-10).scale(0));
  }
}

TEST_CASE("binomial: the interval misses with probability at most 2.5 % on either side, and just so where it can") {
  constexpr int n = 30;
  for (int i = 1; i < 100; ++i) {
    const double p = i / 100.0;
    double above = 0, below = 0;
    for (int k = 0; k <= n; ++k) {
      const Interval interval = clopper_pearson(static_cast<std::size_t>(k), n);
      if (p < interval.low) above += probability_of(k, n, p);
      if (p > interval.high) below += probability_of(k, n, p);
    }
    CHECK(above <= 0.025);
    CHECK(below <= 0.025);
  }
  // At its own ends: the lower one is the p with P(at least k) = .025.
  for (const int k : {1, 5, 29})
    CHECK(chance_of_as_many(static_cast<std::size_t>(k), n, clopper_pearson(static_cast<std::size_t>(k), n).low) ==
          doctest::Approx(0.025).epsilon(1e-9).scale(0));
}

}  // namespace binomial_test
