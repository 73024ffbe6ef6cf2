// Tests of input distributions with dependent columns: low_rank, ar1, clusters, spectrum. A deviation of six standard
// errors has a probability of about 2e-9.
#include <doctest/doctest.h>

#include <Eigen/SVD>
#include <boost/math/distributions/chi_squared.hpp>

#include "core/random/stream.hpp"
#include "tests/core/inputs/input_distributions.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace dependent_laws_test {

/// rows x columns normals: entry (i, t) is position i of row t.
Matrix<double> normals(const std::string& stream, Index rows, Index columns) {
  Matrix<double> values(rows, columns);
  for (Index t = 0; t < columns; ++t) Stream(stream).normals(t, 0, rows, values.col(t).data());
  return values;
}

Vector singular_values(const Matrix<double>& matrix) {
  return Eigen::JacobiSVD<Eigen::MatrixXd>(matrix).singularValues();
}

bool promises_nothing(const ColumnDistribution& law) {
  return !law.independent && !law.symmetric && !law.gaussian_sigma && !law.ball_radius && !law.norm_bound &&
         !law.entry_bound;
}

TEST_CASE("low_rank: the product of its factors, and of their rank") {
  for (const Index rank : {1, 2, 5, 40}) {
    const auto law = make_inputs("low_rank", {{"rank", std::int64_t{rank}}});
    const Matrix<double> x = draw_inputs(*law, "k", 20, 30);
    const Matrix<double> a = normals("k/inputs/low_rank/left", 20, rank);
    const Matrix<double> b = normals("k/inputs/low_rank/right", rank, 30);
    CHECK((x - a * b / std::sqrt(static_cast<double>(rank))).norm() <= 1e-13 * x.norm());
    const Vector s = singular_values(x);
    const Index expected = std::min(rank, Index{20});
    CHECK(s[expected - 1] > 1e-3 * s[0]);
    if (expected < 20) CHECK(s[expected] <= 1e-13 * s[0]);
    CHECK(promises_nothing(law->column_law()));
    CHECK(law->column_law().entry_second_moment == 1.0);
  }
  // ||X||^2 / (m N) is near tr(A^T A / m  B B^T / N) / rank, whose deviation is sqrt(2/rank (1/m + 1/N)).
  const Matrix<double> x = draw_inputs(*make_inputs("low_rank", {{"rank", std::int64_t{8}}}), "m", 1000, 1000);
  CHECK(std::abs(x.squaredNorm() / 1e6 - 1) <= 6 * std::sqrt(2.0 / 8 * (2.0 / 1000)));
  CHECK_THROWS_AS(make_inputs("low_rank"), std::invalid_argument);
  CHECK_THROWS_AS(make_inputs("low_rank", {{"rank", std::int64_t{0}}}), std::invalid_argument);
}

TEST_CASE("ar1: every column is standard normal, and correlations fall as rho^distance") {
  constexpr Index m = 20000;
  for (const double rho : {-0.5, 0.0, 0.9}) {
    INFO("rho ", rho);
    const auto law = make_inputs("ar1", {{"rho", rho}});
    const Matrix<double> x = draw_inputs(*law, "ar", m, 60);
    for (const Index t : {0, 1, 59})
      CHECK(may_have_law(entries(x.col(t).eval()), [](double v) { return normal_distribution(v, 1); }));
    for (const Index distance : {1, 2, 5, 20})
      for (const Index s : {0, 17}) {
        const double expected = std::pow(rho, static_cast<double>(distance));
        const double measured = x.col(s).dot(x.col(s + distance)) / m;
        CHECK(std::abs(measured - expected) <= 6 * std::sqrt((1 + expected * expected) / m));
      }
    // Samples do not depend on each other: neighbours in a column.
    CHECK(std::abs(x.col(30).head(m - 1).dot(x.col(30).tail(m - 1))) <= 6 * std::sqrt(m));
    CHECK(law->column_law().entry_second_moment == 1.0);
    CHECK(promises_nothing(law->column_law()) == (rho != 0));
  }
  CHECK(make_inputs("ar1", {{"rho", 0.0}})->column_law().gaussian_sigma == 1.0);
  const Matrix<double> equal = draw_inputs(*make_inputs("ar1", {{"rho", 1.0}}), "k", 5, 3);
  CHECK(equal.col(2) == equal.col(0));
  CHECK_THROWS_AS(make_inputs("ar1", {{"rho", 1.01}}), std::invalid_argument);
}

TEST_CASE("ar1: one source gives the same columns whatever was asked for before") {
  const auto law = make_inputs("ar1");
  const Matrix<double> x = draw_inputs(*law, "k", 9, 50);
  const auto source = law->open("k", 9, 50);
  for (const auto& [first, count] : std::vector<std::pair<Index, Index>>{
           {10, 5}, {15, 3}, {30, 1}, {0, 1}, {1, 4}, {49, 1}, {48, 2}, {3, 0}, {3, 2}, {0, 50}}) {
    Matrix<double> block(9, count);
    source->columns(first, count, block.data());
    CHECK(block == x.middleCols(first, count));
  }
}

TEST_CASE("clusters: rows are centres and normal noise; clusters are equally likely") {
  constexpr Index m = 6000;
  constexpr Index k = 7;
  const auto with = [](double spread) {
    return make_inputs("clusters", {{"clusters", std::int64_t{k}}, {"spread", spread}});
  };
  const Matrix<double> centres = normals("c/inputs/clusters/centres", k, 12);
  const Matrix<double> exact = draw_inputs(*with(0), "c", m, 12);
  std::vector<double> counts(k);
  for (Index i = 0; i < m; ++i) {
    Index nearest = 0;
    (centres.rowwise() - exact.row(i)).rowwise().norm().minCoeff(&nearest);
    REQUIRE(exact.row(i) == centres.row(nearest));
    ++counts[static_cast<std::size_t>(nearest)];
  }
  // Pearson's statistic; a false alarm has a probability of about 1e-9.
  double statistic = 0;
  for (const double count : counts) statistic += std::pow(count - double{m} / k, 2) / (double{m} / k);
  CHECK(statistic <= quantile(complement(boost::math::chi_squared(k - 1), 1e-9)));

  const Matrix<double> noise = (draw_inputs(*with(0.25), "c", m, 12) - exact) / 0.25;
  CHECK(may_have_law(entries(noise), [](double v) { return normal_distribution(v, 1); }));
  CHECK(with(0.25)->column_law().entry_second_moment == 1.0625);
  CHECK(promises_nothing(with(0.25)->column_law()));
  CHECK_THROWS_AS(make_inputs("clusters", {{"clusters", std::int64_t{0}}}), std::invalid_argument);
  CHECK_THROWS_AS(with(-1.0), std::invalid_argument);
}

TEST_CASE("spectrum: R is orthogonal for every width, and spreads every direction over the features") {
  for (const Index width : {1, 2, 3, 4, 5, 7, 8, 31, 32, 33, 63, 64, 100, 127}) {
    INFO("width ", width);
    const Index m = width + 3;
    for (const std::int64_t decay : {0, 1, 3}) {
      const Matrix<double> x = draw_inputs(*make_inputs("spectrum", {{"decay", decay}}), "s", m, width);
      Matrix<double> unrotated = normals("s/inputs/spectrum", m, width);
      for (Index s = 0; s < width; ++s)
        unrotated.col(s) *= std::pow(static_cast<double>(s + 1), -static_cast<double>(decay) / 2);
      const Vector expected = singular_values(unrotated);
      CHECK((singular_values(x) - expected).norm() <= 1e-12 * expected.norm());
      if (decay != 0) continue;
      const Matrix<double> rotation = unrotated.colPivHouseholderQr().solve(x);
      CHECK((rotation.transpose() * rotation - Matrix<double>::Identity(width, width)).norm() <= 1e-9);
      // Entries of a uniform rotation stay below sqrt(2 log(N^2) / N), 0.37 to 0.51 here, with a few exceptions.
      if (width < 63) continue;
      CHECK(rotation.cwiseAbs().maxCoeff() <= 0.75);
      // Few entries are 0 (signs that cancel; one turn alone would leave a quarter), and no direction stays on one
      // side: the half's part of a uniform direction is 0.5 +- 0.06.
      CHECK((rotation.array().abs() < 1e-9).count() <= width * width / 10);
      for (const Index s : {Index{0}, width / 2, width - 1})
        CHECK(std::abs(rotation.row(s).head(width / 2).squaredNorm() - 0.5) <= 0.3);
    }
  }
}

TEST_CASE("spectrum: the covariance has the eigenvalues, and without decay X is Gaussian") {
  const auto law = make_inputs("spectrum");
  CHECK(promises_nothing(law->column_law()));
  CHECK(!law->column_law().entry_second_moment);
  // The largest eigenvalue of X^T X / m is near 1 within sqrt(2/m) and what the others add, below 0.01 at this size.
  const Matrix<double> x = draw_inputs(*law, "e", 40000, 16);
  const Vector s = singular_values(x.transpose() * x / 40000.0);
  for (Index i = 0; i < 16; ++i)
    CHECK(std::abs(s[i] * static_cast<double>(i + 1) - 1) <= 6 * std::sqrt(2.0 / 40000) + 0.02);
  const auto white = make_inputs("spectrum", {{"decay", std::int64_t{0}}});
  CHECK(white->column_law().independent);
  CHECK(white->column_law().gaussian_sigma == 1.0);
  CHECK(may_have_law(entries(draw_inputs(*white, "w", 200, 100)), [](double v) { return normal_distribution(v, 1); }));
  CHECK_THROWS_AS(make_inputs("spectrum", {{"decay", std::int64_t{-1}}}), std::invalid_argument);
}

}  // namespace dependent_laws_test
