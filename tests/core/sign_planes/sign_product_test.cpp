#include "core/sign_planes/sign_product.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "core/random/stream.hpp"
#include "core/sign_planes/signed_sums.hpp"

using namespace pathquant;

namespace sign_product_test {

SignMatrix random_signs(const std::string& key, Index rows, Index width) {
  SignMatrix signs(rows, width);
  std::vector<double> draws(static_cast<std::size_t>(width));
  for (Index i = 0; i < rows; ++i) {
    Stream(key).uniforms(i, 0, width, draws.data());
    for (Index t = 0; t < width; ++t)
      if (draws[static_cast<std::size_t>(t)] < 0.5) signs.set_positive(i, t);
  }
  return signs;
}

template <class S>
Matrix<S> dense(const SignMatrix& signs) {
  Matrix<S> matrix(signs.rows(), signs.width());
  for (Index i = 0; i < signs.rows(); ++i)
    for (Index t = 0; t < signs.width(); ++t) matrix(i, t) = signs.positive(i, t) ? 1 : -1;
  return matrix;
}

struct Shape {
  Index m, n, p;
};
// Whole tiles of every build and all kinds of corners.
const std::vector<Shape> shapes = {{1, 1, 1},      {8, 64, 16},   {4, 64, 64},  {9, 65, 17},     {5, 191, 65},
                                   {13, 193, 130}, {3, 1000, 70}, {17, 63, 33}, {16, 4096, 128}, {2, 129, 1}};

TEST_CASE("Signs are kept bit by bit, and columns can be taken out") {
  const SignMatrix signs = random_signs("columns", 5, 200);
  CHECK(signs.words_of_a_row() == 4);
  CHECK(signs.bytes() == 5 * 4 * 8);
  for (const auto& [begin, end] : {std::pair<Index, Index>{0, 200},
                                   {0, 64},
                                   {64, 128},
                                   {1, 65},
                                   {63, 200},
                                   {100, 101},
                                   {130, 195},
                                   {0, 1},
                                   {199, 200},
                                   {50, 50}}) {
    const SignMatrix part = signs.columns(begin, end);
    REQUIRE(part.width() == end - begin);
    SignMatrix expected(5, end - begin);
    for (Index i = 0; i < 5; ++i)
      for (Index t = begin; t < end; ++t)
        if (signs.positive(i, t)) expected.set_positive(i, t - begin);
    CHECK(part == expected);  // the bits beyond the last column too
  }
}

TEST_CASE("Every build gives the dense product's integers") {
  for (const auto& [m, n, p] : shapes) {
    CAPTURE(n);
    const SignMatrix a = random_signs("a", m, n), b = random_signs("b", p, n);
    const RowMatrix<std::int32_t> expected = (dense<double>(a) * dense<double>(b).transpose()).cast<std::int32_t>();
    CHECK(sign_product(a, b) == expected);
    for (const SignProductBuild& build : sign_product_builds()) {
      if (!build.runs_here()) continue;
      CAPTURE(build.name);
      RowMatrix<std::int32_t> c = RowMatrix<std::int32_t>::Constant(m, p, 12345);
      build.multiply(a, b, c);
      CHECK(c == expected);
    }
  }
}

TEST_CASE("Counts that fill bytes and halves do not run over") {
  // All signs differ, or all but one: the largest counts there are.
  for (const Index n : {192, 193, 65472, 65473, 140000}) {
    SignMatrix plus(3, n), minus(70, n);
    for (Index i = 0; i < 3; ++i)
      for (Index t = 0; t < n; ++t) plus.set_positive(i, t);
    minus.set_positive(69, n - 1);
    for (const SignProductBuild& build : sign_product_builds()) {
      if (!build.runs_here()) continue;
      CAPTURE(build.name);
      RowMatrix<std::int32_t> c(3, 70);
      build.multiply(plus, minus, c);
      CHECK((c.leftCols(69).array() == -static_cast<std::int32_t>(n)).all());
      CHECK((c.col(69).array() == 2 - static_cast<std::int32_t>(n)).all());
    }
  }
}

TEST_CASE_TEMPLATE("Signed sums are the dense product, the same bits from every build", S, float, double) {
  for (const auto& [m, n, p] : shapes) {
    CAPTURE(n);
    const SignMatrix b = random_signs("b", p, n);
    Matrix<double> numbers(m, n);
    for (Index t = 0; t < n; ++t) Stream("x").normals(t, 0, m, numbers.col(t).data());
    // Whole numbers below 2^24 in all sums: exact in either precision.
    const Matrix<S> whole = (numbers * 100).array().round().matrix().template cast<S>();
    CHECK(signed_sums<S>(whole, b) == RowMatrix<S>(whole * dense<S>(b).transpose()));

    const Matrix<S> x = numbers.cast<S>();
    const RowMatrix<S> y = signed_sums<S>(x, b);
    const RowMatrix<double> expected = x.template cast<double>() * dense<double>(b).transpose();
    const double rounding = static_cast<double>(n) * std::numeric_limits<S>::epsilon();
    CHECK((y.template cast<double>() - expected).cwiseAbs().maxCoeff() <= rounding * x.cwiseAbs().maxCoeff());
    for (const SignedSumsBuild<S>& build : signed_sums_builds<S>()) {
      if (!build.runs_here()) continue;
      CAPTURE(build.name);
      RowMatrix<S> again(m, p);
      build.multiply(x, b, again);
      CHECK(again == y);
    }
  }
}

TEST_CASE("Widths that differ are refused; nothing times nothing is nothing") {
  CHECK_THROWS_AS(sign_product(SignMatrix(2, 5), SignMatrix(3, 6)), std::invalid_argument);
  CHECK_THROWS_AS(signed_sums<float>(Matrix<float>::Zero(2, 5), SignMatrix(3, 6)), std::invalid_argument);
  CHECK(sign_product(SignMatrix(0, 5), SignMatrix(3, 5)).size() == 0);
  CHECK(sign_product(SignMatrix(2, 0), SignMatrix(3, 0)) == RowMatrix<std::int32_t>::Zero(2, 3));
}

}  // namespace sign_product_test
