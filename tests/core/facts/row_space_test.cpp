// Tests of the row-space facts: deviations by a singular value decomposition, normal points of the row space, and the
// rate at which the largest deviation exceeds its quantile.
#include "core/facts/row_space.hpp"

#include <doctest/doctest.h>

#include <Eigen/SVD>
#include <atomic>
#include <cmath>

#include "core/bounds/shared/largest_normal.hpp"
#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/bounds/small_path.hpp"

namespace pathquant {
namespace row_space_test {

using namespace testing;
using Dense = Eigen::MatrixXd;

// X^+ by its singular values above 1e-10 of the largest.
Dense pseudo_inverse(const Dense& x) {
  const Eigen::JacobiSVD<Dense> svd(x, Eigen::ComputeThinU | Eigen::ComputeThinV);
  Vector inverse = svd.singularValues();
  for (double& s : inverse) s = s > 1e-10 * svd.singularValues()[0] ? 1 / s : 0;
  return svd.matrixV() * inverse.asDiagonal() * svd.matrixU().transpose();
}

TEST_CASE("row space: deviations and points, also where X has not full rank") {
  std::mt19937_64 engine(3);
  for (const auto& [m, n] : {std::pair<Index, Index>{4, 20}, {20, 4}, {5, 5}, {1, 3}}) {
    Dense x = gaussian_matrix(m, n, 1.3, engine);
    if (m == 5) x.row(3) = x.row(0);
    const RowMatrix<double> difference = uniform_matrix(n, 3, 1.0, engine);
    const Stream stream("row space");
    const RowSpaceError error = row_space_error(x, difference, stream, ExecutionContext());
    const Dense inverse = pseudo_inverse(x);
    double largest = 0;
    for (Index j = 0; j < 3; ++j) {
      CHECK(error.deviations[j] == doctest::Approx((inverse * x * difference.col(j)).norm()).epsilon(1e-10).scale(0));
      Vector h(n);
      for (Index t = 0; t < n; ++t) stream.normals(t, j, 1, &h[t]);
      largest = std::max(largest, std::abs(difference.col(j).dot(inverse * x * h)));
    }
    CHECK(error.largest == doctest::Approx(largest).epsilon(1e-10).scale(0));
  }
  const RowSpaceError none =
      row_space_error(Dense::Ones(2, 3), RowMatrix<double>::Zero(3, 1), Stream("s"), ExecutionContext());
  CHECK(none.largest == 0);
  CHECK(none.deviations[0] == 0);
  const std::atomic<bool> stop = true;
  CHECK_THROWS_AS(
      row_space_error(Dense::Ones(2, 3), RowMatrix<double>::Zero(3, 1), Stream("s"), ExecutionContext(&stop, {})),
      Stopped);
}

TEST_CASE("the largest of normal numbers: one, equal ones, and the probability given back") {
  CHECK(largest_normal_quantile(Vector::Constant(1, 2.0), 0.3173105078629141) ==
        doctest::Approx(2.0).epsilon(1e-10).scale(0));
  // P equal ones exceed x with 1 - (1 - e)^P.
  const double e = std::erfc(1.7 / std::sqrt(2.0));
  CHECK(largest_normal_quantile(Vector::Constant(5, 3.0), 1 - std::pow(1 - e, 5)) ==
        doctest::Approx(5.1).epsilon(1e-9).scale(0));
  const Vector deviations = (Vector(4) << 0.5, 0.0, 2.0, 1.9).finished();
  for (const double eta : {0.9, 0.1, 1e-3, 1e-12}) {
    const double x = largest_normal_quantile(deviations, eta);
    double log_none = 0;
    for (const double d : deviations)
      if (d > 0) log_none += std::log1p(-std::erfc(x / (std::sqrt(2.0) * d)));
    CHECK(-std::expm1(log_none) == doctest::Approx(eta).epsilon(1e-9).scale(0));
  }
  CHECK(largest_normal_quantile(Vector::Zero(3), 0.1) == 0);
  CHECK(largest_normal_quantile(Vector::Constant(2, 1e-200), 0.1) > 0);
}

TEST_CASE("row_space: exceeded with probability eta, not more and not less") {
  std::mt19937_64 engine(4);
  const Index m = 3, n = 12, neurons = 4;
  const Dense x = gaussian_matrix(m, n, 1.0, engine);
  const RowMatrix<double> difference =
      uniform_matrix(n, neurons, 1.0, engine) * Vector::LinSpaced(neurons, 0.2, 1.0).asDiagonal();
  constexpr int trials = 4000;
  std::vector<double> measured;
  LayerFacts facts = made_up();
  for (int trial = 0; trial < trials; ++trial) {
    const auto error = row_space_error(x, difference, Stream("trial " + std::to_string(trial)), ExecutionContext());
    measured.push_back(error.largest);
    facts.row_space_deviations = error.deviations;
  }
  for (const double eta : {0.5, 0.1, 0.01}) {
    const double bound = value("row_space", facts, eta);
    const auto outside =
        static_cast<int>(std::count_if(measured.begin(), measured.end(), [&](double v) { return v > bound; }));
    CHECK(plausible(outside, trials, eta));
    CHECK(plausible(trials - outside, trials, 1 - eta));
  }
}

TEST_CASE("row_space: hypotheses; any quantizer, clipped or not") {
  LayerFacts facts = made_up();
  CHECK(says(reason("row_space", facts), "no point"));
  facts.row_space_deviations = Vector::Ones(3);
  facts.clipped = 3;
  CHECK(reason("row_space", facts).empty());
  CHECK(says(reason("row_space", mismatched(facts)), "X == Xq"));
  CHECK(line("row_space").concerns({.uses_inputs = false}));
  CHECK(line("row_space").concerns(QuantizerTraits{}));
  CHECK(line("row_space").quantity == Quantity::row_space_error);
}

}  // namespace row_space_test
}  // namespace pathquant
