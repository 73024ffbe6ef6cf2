#include "core/bounds/fresh_error.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/core/bounds/small_path.hpp"

namespace pathquant {
namespace {

using namespace testing;

TEST_CASE("fresh error: the deviation in the row space is that of w - q seen there") {
  std::mt19937_64 engine(3);
  for (const auto& [m, n] : {std::pair<Index, Index>{4, 20}, {20, 4}, {5, 5}, {1, 3}}) {
    const Eigen::MatrixXd x = gaussian_matrix(m, n, 1.3, engine);
    const Eigen::VectorXd difference = uniform_matrix(n, 1, 1.0, engine);
    // Its part in the row space of X by least squares: V V^T d = X^+ X d.
    const Eigen::VectorXd seen = x.completeOrthogonalDecomposition().solve(x * difference);
    CHECK(row_space_deviation(x, x * difference) == doctest::Approx(seen.norm()).epsilon(1e-10));
  }
  Eigen::MatrixXd twice = gaussian_matrix(4, 6, 1.0, engine);  // rank 3
  twice.row(3) = twice.row(0);
  const Eigen::VectorXd difference = uniform_matrix(6, 1, 1.0, engine);
  const Eigen::VectorXd seen = twice.topRows(3).completeOrthogonalDecomposition().solve(twice.topRows(3) * difference);
  CHECK(row_space_deviation(twice, twice * difference) == doctest::Approx(seen.norm()).epsilon(1e-10));
  CHECK(row_space_deviation(twice, Eigen::VectorXd::Zero(4)) == 0);
}

TEST_CASE("fresh error: points of the row space exceed the quantile with probability eta") {
  std::mt19937_64 engine(4);
  const Index m = 3, n = 12;
  const Eigen::MatrixXd x = gaussian_matrix(m, n, 1.0, engine);
  const Eigen::VectorXd difference = uniform_matrix(n, 1, 1.0, engine);
  const Eigen::MatrixXd rows = Eigen::JacobiSVD<Eigen::MatrixXd>(x, Eigen::ComputeThinV).matrixV();
  const double deviation = row_space_deviation(x, x * difference);
  constexpr int trials = 20000;
  for (const double eta : {0.5, 0.1, 0.01}) {
    const double quantile = row_space_quantile(deviation, 0.6, eta);
    int outside = 0;
    for (int trial = 0; trial < trials; ++trial)
      outside += std::abs(difference.dot(Eigen::VectorXd(rows * gaussian_matrix(m, 1, 0.6, engine)))) > quantile;
    CHECK(plausible(outside, trials, eta));
    CHECK(plausible(trials - outside, trials, 1 - eta));  // an exact law: not much less often either
  }
  CHECK(row_space_quantile(2.0, 3.0, 0.3173105078629141) == doctest::Approx(6.0));  // one standard deviation
}

TEST_CASE("fresh prediction: the mean over runs and fresh rows") {
  constexpr Index m = 6, neurons = 3000;
  std::mt19937_64 engine(5);
  std::uniform_real_distribution<double> uniform;
  const auto stochastic = [&](double c) { return std::floor(c) + (uniform(engine) < c - std::floor(c) ? 1.0 : 0.0); };
  for (const Index n : {4, 40}) {
    const Eigen::MatrixXd x = gaussian_matrix(m, n, 1.0, engine);
    const PathGrowth growth = path_growth(x, Interrupt());
    double nearest = 0, random = 0;
    for (Index j = 0; j < neurons; ++j) {
      const Eigen::VectorXd w = uniform_matrix(n, 1, 1.0, engine);
      // E over z with E z z^T = .5 I is .5 ||w - q||^2, summed here over the decisions.
      const auto fresh = [&](const auto& round) {
        double sum = 0;
        Index t = 0;
        path_error(x, w, [&](double c) {
          const double q = round(c);
          sum += 0.5 * std::pow(w[t++] - q, 2);
          return q;
        });
        return sum;
      };
      nearest += fresh(to_nearest);
      random += fresh(stochastic);
    }
    const Vector steps = Vector::Ones(neurons);
    CHECK(nearest / fresh_prediction(growth, steps, 1.0 / 12, 0.5) == doctest::Approx(1.0).epsilon(0.05));
    CHECK(random / fresh_prediction(growth, steps, 1.0 / 6, 0.5) == doctest::Approx(1.0).epsilon(0.05));
  }
  const PathGrowth three{.live_columns = 3, .largest = 1.0, .sum_squares = 2.0};
  CHECK(fresh_prediction(three, Vector::Constant(4, 0.5), 1.0 / 12, 0.3) == doctest::Approx(4 * 0.25 / 12 * 0.3 * 5));
}

}  // namespace
}  // namespace pathquant
