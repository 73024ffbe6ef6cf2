#include "core/linalg/cholesky.hpp"

#include <doctest/doctest.h>

#include <Eigen/Cholesky>

#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace cholesky_test {

Matrix<double> positive(Index n) {
  const Matrix<double> x = zoo::gaussian_inputs("cholesky", n + 3, n);
  return x.transpose() * x + 0.01 * static_cast<double>(n) * Matrix<double>::Identity(n, n);
}

Matrix<double> lower_factor(Matrix<double> a, int threads) {
  REQUIRE(cholesky(a, 1e-14, ExecutionContext().with_threads(threads)));
  return a.triangularView<Eigen::Lower>();
}

TEST_CASE("cholesky: L L^T is the matrix, and L that of another library, whatever the size") {
  for (const Index n : {1, 2, 47, 48, 49, 96, 97, 145, 300, 613}) {
    CAPTURE(n);
    const Matrix<double> a = positive(n);
    const Matrix<double> l = lower_factor(a, 1);
    CHECK((l * l.transpose() - a).norm() < 1e-13 * a.norm());
    const Matrix<double> other = a.llt().matrixL();
    CHECK((l - other).norm() < 1e-11 * other.norm());
  }
}

TEST_CASE("cholesky: only the lower triangle is read, and threads change no bit") {
  Matrix<double> a = positive(613);
  const Matrix<double> l = lower_factor(a, 1);
  a.triangularView<Eigen::StrictlyUpper>().setConstant(7);
  CHECK(lower_factor(a, 3) == l);
}

TEST_CASE("cholesky: a pivot that rounding alone keeps from 0 is noticed, wherever it is") {
  for (const Index n : {5, 60, 200})
    for (const Index bad : {Index{0}, n / 2, n - 1}) {
      CAPTURE(n);
      CAPTURE(bad);
      Matrix<double> x = zoo::gaussian_inputs("singular", n + 3, n);
      // A column that repeats another is noticed when the later of the two is reached.
      x.col(bad) = x.col(bad == 0 ? 1 : 0);
      Matrix<double> a = x.transpose() * x;
      CHECK_FALSE(cholesky(a, 1e-13, ExecutionContext()));
      a = x.transpose() * x + 1e-6 * Matrix<double>::Identity(n, n);
      CHECK(cholesky(a, 1e-13, ExecutionContext()));
    }
}

}  // namespace cholesky_test
