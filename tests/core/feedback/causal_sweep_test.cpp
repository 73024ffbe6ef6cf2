#include "core/feedback/causal_sweep.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace causal_sweep_test {

template <class S>
LowerRows<S> lower_rows(const Matrix<S>& matrix) {
  return LowerRows<S>(matrix.rows(), [&](Index t, S* out) {
    for (Index s = 0; s < t; ++s) out[s] = matrix(t, s);
  });
}

// z = c/2 - 1 for the first, sin c for the second.
template <class S>
std::pair<RowMatrix<S>, RowMatrix<S>> swept(const Matrix<S>& one, const Matrix<S>& other, const RowMatrix<S>& b,
                                            int threads) {
  RowMatrix<S> z(b.rows(), b.cols()), y(b.rows(), b.cols());
  const LowerRows<S> first = lower_rows(one), second = lower_rows(other);
  const std::array<SweepTerm<S>, 2> terms = {{{&first, &z}, {&second, &y}}};
  causal_sweep<S>(
      b, terms,
      [&](Index t, Index start, Index count, const S* c) {
        for (Index j = 0; j < count; ++j) {
          z(t, start + j) = c[j] / 2 - 1;
          y(t, start + j) = std::sin(c[j]);
        }
      },
      ExecutionContext().with_threads(threads));
  return {z, y};
}

TEST_CASE_TEMPLATE("causal_sweep: row by row what its definition says, for every size", S, float, double) {
  for (const auto& [n, p] : {std::pair<Index, Index>{1, 1}, {5, 3}, {96, 64}, {97, 65}, {250, 130}}) {
    CAPTURE(n);
    const Matrix<double> one = zoo::gaussian_inputs("one", n, n) / std::sqrt(static_cast<double>(n));
    const Matrix<double> other = zoo::gaussian_inputs("other", n, n) / std::sqrt(static_cast<double>(n));
    const RowMatrix<double> b = zoo::uniform_weights("b", n, p, 1.0);
    const auto [z, y] = swept<S>(one.cast<S>(), other.cast<S>(), b.cast<S>(), 1);
    const RowMatrix<double> zd = z.template cast<double>(), yd = y.template cast<double>();
    const RowMatrix<double> c = b + one.triangularView<Eigen::StrictlyLower>() * Matrix<double>(zd) +
                                other.triangularView<Eigen::StrictlyLower>() * Matrix<double>(yd);
    const double unit = std::numeric_limits<S>::epsilon() * static_cast<double>(n);
    CHECK((zd - (c.array() / 2 - 1).matrix()).cwiseAbs().maxCoeff() < 10 * unit);
    CHECK((yd - c.array().sin().matrix()).cwiseAbs().maxCoeff() < 10 * unit);
  }
}

TEST_CASE("causal_sweep: neither threads nor the neurons beside one change a bit") {
  const Matrix<double> one = zoo::gaussian_inputs("one", 200, 200) / 15, other = one.transpose();
  const RowMatrix<double> b = zoo::uniform_weights("b", 200, 150, 1.0);
  const auto [z, y] = swept<double>(one, other, b, 1);
  CHECK(swept<double>(one, other, b, 3).first == z);
  CHECK(swept<double>(one, other, b.leftCols(70), 1).second == y.leftCols(70));
}

TEST_CASE("causal_sweep: what rows begin with may be overwritten by what becomes of them") {
  const Matrix<double> one = zoo::gaussian_inputs("one", 200, 200) / 15;
  const RowMatrix<double> b = zoo::uniform_weights("b", 200, 150, 1.0);
  const LowerRows<double> lower = lower_rows(one);
  const auto halved = [&](const RowMatrix<double>& start, RowMatrix<double>& z) {
    const std::array<SweepTerm<double>, 1> terms = {{{&lower, &z}}};
    causal_sweep<double>(
        start, terms,
        [&](Index t, Index first, Index count, const double* c) {
          for (Index j = 0; j < count; ++j) z(t, first + j) = c[j] / 2;
        },
        ExecutionContext());
  };
  RowMatrix<double> apart(200, 150), in_place = b;
  halved(b, apart);
  halved(in_place, in_place);
  CHECK(apart == in_place);
}

}  // namespace causal_sweep_test
