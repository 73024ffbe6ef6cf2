// Tests of path growth by its definition, and of W - Q by runs of path following.
#include "core/path_following/path_growth.hpp"

#include <doctest/doctest.h>

#include <Eigen/Dense>
#include <atomic>
#include <cmath>
#include <random>

namespace pathquant {
namespace path_growth_test {

using Dense = Eigen::MatrixXd;

Dense gaussian(Index rows, Index cols, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  return Dense::NullaryExpr(rows, cols, [&] { return normal(engine); });
}

// S_{t-1} from explicit projectors.
void check_against_definition(const Dense& inputs) {
  const Index m = inputs.rows();
  Dense covariance = Dense::Zero(m, m);
  double largest = 0, sum = 0;
  Index live = 0;
  for (Index t = 0; t < inputs.cols(); ++t) {
    const Eigen::VectorXd x = inputs.col(t);
    const double n = x.squaredNorm();
    if (n == 0) continue;
    const double g = std::sqrt(x.dot(covariance * x)) / n;
    largest = std::max(largest, g);
    sum += g * g;
    ++live;
    const Dense projector = Dense::Identity(m, m) - x * x.transpose() / n;
    covariance = projector * covariance * projector + x * x.transpose();
  }
  const PathGrowth growth = path_growth(inputs, ExecutionContext());
  CHECK(growth.live_columns == live);
  CHECK(growth.largest == doctest::Approx(largest).epsilon(1e-11));
  CHECK(growth.sum_squares == doctest::Approx(sum).epsilon(1e-11));
}

TEST_CASE("path growth: the definition, for either form") {
  unsigned seed = 1;
  for (const auto& [m, n] :
       {std::pair<Index, Index>{1, 1}, {1, 6}, {6, 1}, {5, 4}, {5, 5}, {5, 6}, {3, 50}, {50, 20}, {40, 41}}) {
    CAPTURE(m);
    CAPTURE(n);
    check_against_definition(gaussian(m, n, seed++));
    Dense hard = gaussian(m, n, seed++);
    for (Index t = 0; t < n; ++t) hard.col(t) *= t % 4 == 2 ? 0.0 : std::pow(10.0, static_cast<double>(t % 3) - 1.0);
    check_against_definition(hard);
  }
}

TEST_CASE("path growth: the entries of M^{-1} D, and W - Q of a run") {
  for (const auto& [m, n] : {std::pair<Index, Index>{4, 30}, {30, 12}}) {
    const Dense x = gaussian(m, n, 7);
    const Dense gram = x.transpose() * x;
    const Dense solved = gram.triangularView<Eigen::Lower>().solve(Dense(gram.diagonal().asDiagonal()));
    const PathGrowth growth = path_growth(x, ExecutionContext());
    CHECK(static_cast<double>(growth.live_columns) + growth.sum_squares ==
          doctest::Approx(solved.squaredNorm()).epsilon(1e-11).scale(0));

    Eigen::VectorXd u = Eigen::VectorXd::Zero(m), difference(n), roundings(n);
    std::mt19937_64 engine(8);
    std::uniform_real_distribution<double> uniform(-1.0, 1.0);
    for (Index t = 0; t < n; ++t) {
      const double w = uniform(engine);
      const double c = w + x.col(t).dot(u) / x.col(t).squaredNorm();
      const double q = std::floor(c + 0.5);
      roundings[t] = c - q;
      difference[t] = w - q;
      u += (w - q) * x.col(t);
    }
    CHECK((solved * roundings - difference).norm() <= 1e-11 * difference.norm());
  }
}

TEST_CASE("path growth: orthogonal columns have none; all dead neither; can be stopped") {
  const Dense basis = Eigen::HouseholderQR<Dense>(gaussian(6, 6, 40)).householderQ();
  CHECK(path_growth(basis, ExecutionContext()).largest <= 1e-15);
  for (const Index n : {2, 9}) {
    const PathGrowth none = path_growth(Dense::Zero(4, n), ExecutionContext());
    CHECK(none.live_columns == 0);
    CHECK(none.sum_squares == 0);
  }
  const std::atomic<bool> stop = true;
  const ExecutionContext execution(&stop, {});
  CHECK_THROWS_AS(path_growth(gaussian(3, 9, 80), execution), Stopped);
  CHECK_THROWS_AS(path_growth(gaussian(9, 3, 81), execution), Stopped);
}

}  // namespace path_growth_test
}  // namespace pathquant
