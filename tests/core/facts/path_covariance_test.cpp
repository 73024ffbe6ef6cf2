// Tests of the path covariance S by its definition, products of explicit projectors.
#include <doctest/doctest.h>

#include <Eigen/Dense>
#include <atomic>
#include <cmath>
#include <random>

#include "core/bounds/shared/expected_trace.hpp"
#include "core/facts/layer_statistics.hpp"

namespace pathquant {
namespace path_covariance_test {

using Dense = Eigen::MatrixXd;

Dense gaussian(Index rows, Index cols, unsigned seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  return Dense::NullaryExpr(rows, cols, [&] { return normal(engine); });
}

Dense path_columns(const Dense& inputs) {
  const Index m = inputs.rows();
  Dense columns(m, inputs.cols());
  for (Index t = 0; t < inputs.cols(); ++t) {
    Eigen::VectorXd v = inputs.col(t);
    for (Index s = t + 1; s < inputs.cols(); ++s) {
      const double squared = inputs.col(s).squaredNorm();
      Dense projector = Dense::Identity(m, m);
      if (squared > 0) projector -= inputs.col(s) * inputs.col(s).transpose() / squared;
      v = projector * v;
    }
    columns.col(t) = v;
  }
  return columns;
}

// P_N ... P_1
Dense sweep_of(const Dense& inputs) {
  Dense product = Dense::Identity(inputs.rows(), inputs.rows());
  for (Index t = 0; t < inputs.cols(); ++t) {
    const double squared = inputs.col(t).squaredNorm();
    if (squared > 0) product -= inputs.col(t) * (inputs.col(t).transpose() * product) / squared;
  }
  return product;
}

void check_against_definition(const Dense& inputs) {
  const Dense columns = path_columns(inputs);
  const Dense covariance = columns * columns.transpose();
  const double scale = covariance.trace();
  const Eigen::VectorXd direction = Eigen::VectorXd::LinSpaced(inputs.rows(), -1.0, 2.0);
  const PathCovariance path = path_covariance(inputs, ExecutionContext(), direction);
  CHECK(std::abs(path.directional - direction.dot(covariance * direction)) <= 1e-12 * scale * direction.squaredNorm());
  const Dense sweep = sweep_of(inputs);
  CHECK(std::abs(path.sweep_norm - Eigen::JacobiSVD<Dense>(sweep).singularValues()[0]) <= 1e-7);
  CHECK(path_covariance(inputs, ExecutionContext()).directional == 0);
  CHECK(std::abs(path.trace - scale) <= 1e-13 * scale);
  CHECK(std::abs(path.trace_square - (covariance * covariance).trace()) <= 1e-13 * scale * scale);
  const double norm = Eigen::JacobiSVD<Dense>(covariance).singularValues()[0];
  CHECK(std::abs(path.norm - norm) <= 1e-13 * scale);
  CHECK(std::abs(path.max_diagonal - covariance.diagonal().maxCoeff()) <= 1e-13 * scale);
  const double norms = columns.colwise().norm().sum();
  CHECK(std::abs(path.sum_norms - norms) <= 1e-12 * norms);
  const Eigen::VectorXd singular = Eigen::JacobiSVD<Dense>(inputs).singularValues();
  REQUIRE(path.input_spectrum.size() == singular.size());
  CHECK((path.input_spectrum.reverse() - singular.cwiseAbs2()).norm() <= 1e-13 * inputs.squaredNorm());
}

TEST_CASE("path covariance: the definition, for either form and several blocks") {
  const std::pair<Index, Index> sizes[] = {{1, 1},  {1, 7},  {7, 1},   {5, 4},   {5, 5},   {5, 6},
                                           {3, 40}, {40, 3}, {70, 65}, {70, 70}, {70, 71}, {33, 97}};
  unsigned seed = 1;
  for (const auto& [m, n] : sizes) {
    CAPTURE(m);
    CAPTURE(n);
    check_against_definition(gaussian(m, n, seed++));
  }
}

TEST_CASE("path covariance: duplicate, dead, nearly equal and rank-one columns") {
  for (const auto& [m, n] : {std::pair<Index, Index>{4, 60}, {60, 40}}) {
    Dense duplicates = gaussian(m, n, 20);
    for (Index t = 1; t < n; t += 2) duplicates.col(t) = duplicates.col(t - 1);
    check_against_definition(duplicates);
    Dense dead = gaussian(m, n, 21);
    for (Index t = 0; t < n; t += 3) dead.col(t).setZero();
    check_against_definition(dead);
    Dense close = gaussian(m, 1, 22).replicate(1, n) + 1e-7 * gaussian(m, n, 23);
    check_against_definition(close);
    check_against_definition(gaussian(m, 1, 24) * gaussian(1, n, 25));
    Dense scales = gaussian(m, n, 26);
    for (Index t = 0; t < n; ++t) scales.col(t) *= std::pow(10.0, static_cast<double>(t % 7) - 3.0);
    check_against_definition(scales);
  }
}

TEST_CASE("path covariance: a column below the smallest normal number is dead; all dead gives zeros") {
  Dense inputs = gaussian(3, 5, 30);
  Dense tiny(3, 6);
  tiny << inputs.leftCols(2), Dense::Constant(3, 1, 1e-160), inputs.rightCols(3);
  const PathCovariance with = path_covariance(tiny, ExecutionContext());
  const PathCovariance without = path_covariance(inputs, ExecutionContext());
  CHECK(with.trace == without.trace);
  CHECK(with.norm == without.norm);
  CHECK(with.sum_norms == without.sum_norms);
  for (const Index n : {2, 9}) {
    const PathCovariance none = path_covariance(Dense::Zero(4, n), ExecutionContext());
    CHECK(none.trace == 0);
    CHECK(none.norm == 0);
    CHECK(none.sum_norms == 0);
    CHECK(none.input_spectrum == Vector::Zero(std::min<Index>(4, n)));
  }
}

TEST_CASE("path covariance: orthogonal columns keep all of themselves") {
  const Dense basis = Eigen::HouseholderQR<Dense>(gaussian(6, 6, 40)).householderQ();
  const Dense inputs = basis.leftCols(4) * Eigen::Vector4d(1, 2, 3, 4).asDiagonal();
  const PathCovariance path = path_covariance(inputs, ExecutionContext());
  CHECK(path.trace == doctest::Approx(1 + 4 + 9 + 16).epsilon(1e-13).scale(0));
  CHECK(path.trace_square == doctest::Approx(1 + 16 + 81 + 256).epsilon(1e-13).scale(0));
  CHECK(path.norm == doctest::Approx(16).epsilon(1e-13).scale(0));
  CHECK(path.sum_norms == doctest::Approx(10).epsilon(1e-13).scale(0));
}

TEST_CASE("path covariance: many columns, where the early ones no longer count") {
  // The forward recursion S <- P S P + x x^T, which the implementation does not use.
  const Dense inputs = gaussian(3, 3000, 50);
  Dense forward = Dense::Zero(3, 3);
  for (Index t = 0; t < inputs.cols(); ++t) {
    const Eigen::VectorXd x = inputs.col(t);
    const Dense projector = Dense::Identity(3, 3) - x * x.transpose() / x.squaredNorm();
    forward = projector * forward * projector + x * x.transpose();
  }
  const PathCovariance path = path_covariance(inputs, ExecutionContext());
  CHECK(path.trace == doctest::Approx(forward.trace()).epsilon(1e-13).scale(0));
  CHECK(path.trace_square == doctest::Approx(forward.squaredNorm()).epsilon(1e-13).scale(0));
  CHECK(path.max_diagonal == doctest::Approx(forward.diagonal().maxCoeff()).epsilon(1e-13).scale(0));
  CHECK(path.sum_norms ==
        doctest::Approx(path_columns(inputs.rightCols(400)).colwise().norm().sum()).epsilon(1e-12).scale(0));
}

TEST_CASE("path covariance: the trace by one triangular solve, and S <= kappa^2 I") {
  for (const auto& [m, n] : {std::pair<Index, Index>{6, 25}, {25, 6}, {9, 9}}) {
    const Dense inputs = gaussian(m, n, 60);
    const Dense gram = inputs.transpose() * inputs;
    const Eigen::VectorXd squares = gram.diagonal();
    const Dense solved = gram.triangularView<Eigen::Lower>().solve(Dense(squares.asDiagonal()));
    const double trace = 2.0 * squares.sum() - (squares.cwiseSqrt().asDiagonal() * solved).squaredNorm();
    const PathCovariance path = path_covariance(inputs, ExecutionContext());
    CHECK(path.trace == doctest::Approx(trace).epsilon(1e-12).scale(0));
    const double kappa = inputs.colwise().norm().maxCoeff();
    CHECK(path.norm <= kappa * kappa * (1 + 1e-13));
    CHECK(path.trace <= kappa * kappa * static_cast<double>(std::min(m, n)));
    CHECK(path.trace <= inputs.squaredNorm());
  }
}

Eigen::VectorXd ball_column(Index m, double radius, std::mt19937_64& engine) {
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  const Eigen::VectorXd direction = Eigen::VectorXd::NullaryExpr(m, [&] { return normal(engine); }).normalized();
  return radius * std::pow(uniform(engine), 1.0 / static_cast<double>(m)) * direction;
}

TEST_CASE("expected trace: the mean of tr S over Gaussian and ball columns") {
  constexpr int draws = 3000;
  for (const bool gaussian_law : {true, false})
    for (const auto& [m, n] : {std::pair<Index, Index>{4, 3}, {4, 9}, {2, 20}, {1, 5}}) {
      CAPTURE(m);
      CAPTURE(n);
      std::mt19937_64 engine(70);
      std::normal_distribution<double> normal(0.0, 1.7);
      double sum = 0, squares = 0;
      for (int draw = 0; draw < draws; ++draw) {
        Dense inputs(m, n);
        for (Index t = 0; t < n; ++t)
          inputs.col(t) = gaussian_law
                              ? Eigen::VectorXd(Eigen::VectorXd::NullaryExpr(m, [&] { return normal(engine); }))
                              : ball_column(m, 2.5, engine);
        const double trace = path_covariance(inputs, ExecutionContext()).trace;
        sum += trace;
        squares += trace * trace;
      }
      const double mean = sum / draws;
      const double error = std::sqrt((squares / draws - mean * mean) / draws);
      ColumnDistribution law;
      (gaussian_law ? law.gaussian_sigma : law.ball_radius) = gaussian_law ? 1.7 : 2.5;
      const double expected = expected_trace(law, m, n);
      CHECK(std::abs(mean - expected) <= 4.0 * error);  // about 1 in 2000 over the 8 cases, with a fixed seed
      CHECK(error <= 0.03 * expected);
    }
}

TEST_CASE("path covariance: can be stopped") {
  const std::atomic<bool> stop = true;
  const ExecutionContext execution(&stop, {});
  CHECK_THROWS_AS(path_covariance(gaussian(3, 9, 80), execution), Stopped);
  CHECK_THROWS_AS(path_covariance(gaussian(9, 3, 81), execution), Stopped);
}

TEST_CASE("path covariance: the cost grows like its products") {
  // Doubling one size of a large problem, either form: the leading power of that size.
  const auto ratio = [](LayerShape small, LayerShape large) {
    return path_covariance_cost(large) / path_covariance_cost(small);
  };
  CHECK(ratio({1000, 1000000, 1}, {2000, 1000000, 1}) == doctest::Approx(4).epsilon(0.02).scale(0));
  CHECK(ratio({1000, 1000000, 1}, {1000, 2000000, 1}) == doctest::Approx(2).epsilon(0.02).scale(0));
  CHECK(ratio({1000000, 1000, 1}, {1000000, 2000, 1}) == doctest::Approx(4).epsilon(0.02).scale(0));
  CHECK(ratio({1000000, 1000, 1}, {2000000, 1000, 1}) == doctest::Approx(2).epsilon(0.02).scale(0));
  CHECK(path_covariance_cost({64, 4096, 1}) >= 2.5 * 64 * 64 * 4096);
}

}  // namespace path_covariance_test
}  // namespace pathquant
