// Tests of the fresh spread: the trace by explicit matrices, and as a mean over runs and fresh rows.
#include "core/facts/fresh_spread.hpp"

#include <doctest/doctest.h>

#include <Eigen/Dense>
#include <atomic>
#include <cmath>

#include "tests/core/bounds/small_path.hpp"

namespace pathquant {
namespace fresh_spread_test {

using namespace testing;
using Dense = Eigen::MatrixXd;

SecondMoment moment_of(const Vector& diagonal, const Dense& factor) {
  SecondMoment moment{diagonal, factor.cols()};
  moment.factor = [factor](Index first, Index count) { return Matrix<double>(factor.middleCols(first, count)); };
  return moment;
}

void check_against_definition(const Dense& x, const Vector& diagonal, const Dense& factor) {
  const Dense sigma = Dense(diagonal.asDiagonal()) + factor * factor.transpose();
  std::vector<Index> live;
  for (Index t = 0; t < x.cols(); ++t)
    if (x.col(t).squaredNorm() > 0) live.push_back(t);
  const Dense kept = x(Eigen::all, live);
  const Dense gram = kept.transpose() * kept;
  const Dense solved = gram.triangularView<Eigen::Lower>().solve(Dense(gram.diagonal().asDiagonal()));  // M^{-1} D
  const double expected = (solved.transpose() * sigma(live, live) * solved).trace();
  const FreshSpread spread = fresh_spread(x, moment_of(diagonal, factor), ExecutionContext());
  CHECK(spread.path == doctest::Approx(expected).epsilon(1e-10));
  CHECK(spread.memoryless == doctest::Approx(sigma.trace()).epsilon(1e-12));
  CHECK(spread.dead_columns == x.cols() - static_cast<Index>(live.size()));
}

TEST_CASE("fresh spread: the definition, for either form, both parts and several blocks of factors") {
  std::mt19937_64 engine(1);
  for (const auto& [m, n] : {std::pair<Index, Index>{1, 1}, {4, 30}, {30, 12}, {6, 6}})
    for (const Index k : {0, 1, 3, 130}) {
      CAPTURE(m);
      CAPTURE(k);
      const Dense x = gaussian_matrix(m, n, 1.0, engine);
      const Dense factor = gaussian_matrix(n, k, 0.7, engine);
      const Vector positive = uniform_matrix(n, 1, 1.0, engine).cwiseAbs();
      check_against_definition(x, positive, factor);
      check_against_definition(x, Vector::Zero(n), factor);
      Dense dead = x;
      if (n > 2) dead.col(2).setZero();
      check_against_definition(dead, positive, factor);
    }
}

TEST_CASE("fresh spread: the mean over decisions and fresh rows is the variance times it") {
  constexpr Index m = 6, runs = 3000;
  std::mt19937_64 engine(5);
  std::uniform_real_distribution<double> uniform;
  const auto stochastic = [&](double c) { return std::floor(c) + (uniform(engine) < c - std::floor(c) ? 1.0 : 0.0); };
  for (const Index n : {4, 40}) {
    const Dense x = gaussian_matrix(m, n, 1.0, engine);
    const Dense factor = gaussian_matrix(n, 2, 0.5, engine);
    const Vector diagonal = Vector::LinSpaced(n, 0.1, 1.0);
    const FreshSpread spread = fresh_spread(x, moment_of(diagonal, factor), ExecutionContext());
    double nearest = 0, random = 0, memoryless = 0;
    for (Index j = 0; j < runs; ++j) {
      const Vector w = uniform_matrix(n, 1, 1.0, engine);
      // E over z is d^T Sigma d, d = w - q.
      const auto energy = [&](const Vector& d) {
        return d.dot(diagonal.asDiagonal() * d) + (factor.transpose() * d).squaredNorm();
      };
      const auto fresh = [&](const auto& round) {
        Vector difference(n);
        Index t = 0;
        path_error(x, w, [&](double c) {
          const double q = round(c);
          difference[t] = w[t] - q;
          ++t;
          return q;
        });
        return energy(difference);
      };
      nearest += fresh(to_nearest);
      random += fresh(stochastic);
      memoryless += energy(w.unaryExpr([](double c) { return c - to_nearest(c); }));
    }
    CHECK(nearest / runs == doctest::Approx(spread.path / 12).epsilon(0.06).scale(0));
    CHECK(random / runs == doctest::Approx(spread.path / 6).epsilon(0.06).scale(0));
    CHECK(memoryless / runs == doctest::Approx(spread.memoryless / 12).epsilon(0.06).scale(0));
  }
}

TEST_CASE("fresh spread: can be stopped") {
  std::mt19937_64 engine(6);
  const std::atomic<bool> stop = true;
  const SecondMoment moment = moment_of(Vector::Zero(9), gaussian_matrix(9, 2, 1.0, engine));
  CHECK_THROWS_AS(fresh_spread(gaussian_matrix(3, 9, 1.0, engine), moment, ExecutionContext(&stop, {})), Stopped);
}

}  // namespace fresh_spread_test
}  // namespace pathquant
