#include "experiments/sample_statistics/moments.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

using namespace pathquant;

namespace moments_test {

TEST_CASE("Mean, standard error and quantiles by hand") {
  const Moments m = moments({1, 2, 3, 6});
  CHECK(m.mean == 3);
  CHECK(*m.standard_error == doctest::Approx(std::sqrt(14.0 / 3 / 4)));
  CHECK_FALSE(moments({5}).standard_error.has_value());
  CHECK(quantile({1, 2, 3, 6}, 0.5) == 2.5);
  CHECK(quantile({1, 2, 3, 6}, 0) == 1);
  CHECK(quantile({1, 2, 3, 6}, 1) == 6);
  CHECK(quantile({1, 2, 3, 6}, 0.25) == 1.75);
  CHECK(quantile({7}, 0.3) == 7);
}

TEST_CASE("Student's quantiles of the printed tables") {
  CHECK(student_quantile(0.975, 1) == doctest::Approx(12.706).epsilon(1e-4).scale(0));
  CHECK(student_quantile(0.975, 19) == doctest::Approx(2.093).epsilon(1e-3).scale(0));
  CHECK(student_quantile(0.95, 4) == doctest::Approx(2.132).epsilon(1e-3).scale(0));
}

TEST_CASE("A ratio of means and its standard error") {
  CHECK(ratio_of_means({2, 4}, {1, 3}).mean == 1.5);
  CHECK(*ratio_of_means({2, 4, 6}, {1, 2, 3}).standard_error == doctest::Approx(0));

  // a = b + noise: over 2000 repetitions of 30 pairs the spread of the ratio is what the standard error says, within 10
  // % (the spread of 2000 values is known to 1.6 %, so a false alarm is beyond six standard errors).
  std::mt19937_64 engine(1);
  std::normal_distribution<double> normal;
  double squares = 0;
  double stated = 0;
  constexpr int repetitions = 2000;
  for (int r = 0; r < repetitions; ++r) {
    std::vector<double> a(30), b(30);
    for (std::size_t i = 0; i < 30; ++i) {
      b[i] = 10 + normal(engine);
      a[i] = 2 * b[i] + 3 * normal(engine);
    }
    const Moments ratio = ratio_of_means(a, b);
    squares += (ratio.mean - 2) * (ratio.mean - 2);
    stated += *ratio.standard_error * *ratio.standard_error;
  }
  CHECK(squares == doctest::Approx(stated).epsilon(0.2).scale(0));
}

TEST_CASE("ratio_interval: its ends are the ratios whose chance is the tail") {
  const std::vector<double> a = {2.0, 2.5, 1.7, 2.2, 2.9, 1.9}, b = {1.0, 1.3, 0.8, 1.2, 1.1, 0.9};
  for (const double tail : {0.1, 0.025, 0.001}) {
    const Interval interval = *ratio_interval(a, b, tail);
    const auto chance = [&](double r, double sign) {
      std::vector<double> excess;
      for (std::size_t i = 0; i < a.size(); ++i) excess.push_back(sign * (a[i] - r * b[i]));
      return chance_of_mean(excess, 0);
    };
    CHECK(chance(interval.low, 1) == doctest::Approx(tail).epsilon(1e-8).scale(0));
    CHECK(chance(interval.high, -1) == doctest::Approx(tail).epsilon(1e-8).scale(0));
  }
  // A denominator that may be 0.
  CHECK_FALSE(ratio_interval({1, 1, 1}, {1, -1, 0.5}, 0.025).has_value());
}

}  // namespace moments_test
