// Tests of the matrix product: chains of std::fma in the order of the features, bit for bit.
#include "core/linalg/product.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>

#include "core/kernels/instructions.hpp"
#include "tests/core/layer_zoo.hpp"

namespace pathquant {
namespace product_test {

template <class S>
PackedInputs<S> packed(const Matrix<S>& matrix) {
  PackedInputs<S> result(matrix.rows(), matrix.cols());
  for (Index b = 0; b < result.blocks(); ++b) result.pack(b, matrix.data(), {});
  return result;
}

template <class S>
bool same_bits(const RowMatrix<S>& a, const RowMatrix<S>& b) {
  return std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(S)) == 0;
}

// The last has several panels, chunks of blocks and strips in every precision.
const LayerShape shapes[] = {{1, 1, 1}, {5, 30, 3}, {200, 13, 40}, {150, 900, 9}, {290, 790, 170}};

TEST_CASE_TEMPLATE("A product is chains of fused multiply-adds, for any threads and instruction set", S, float,
                   double) {
  for (const LayerShape shape : shapes) {
    const Matrix<S> x = zoo::gaussian_inputs("x", shape.samples, shape.width).cast<S>();
    const RowMatrix<S> d = zoo::uniform_weights("d", shape.width, shape.neurons, 1.0).cast<S>();
    RowMatrix<S> expected = RowMatrix<S>::Zero(shape.samples, shape.neurons);
    for (Index i = 0; i < shape.samples; ++i)
      for (Index j = 0; j < shape.neurons; ++j)
        for (Index t = 0; t < shape.width; ++t) expected(i, j) = std::fma(x(i, t), d(t, j), expected(i, j));
    CHECK(same_bits(product(packed(x), d, ExecutionContext()), expected));
    CHECK(same_bits(product(packed(x), d, ExecutionContext().with_threads(3)), expected));
    kernels::limit_instructions(kernels::Instructions::fma);
    CHECK(same_bits(product(packed(x), d, ExecutionContext()), expected));
    kernels::limit_instructions(kernels::Instructions::avx512);
  }
}

TEST_CASE("A transposed matrix is packed as its transpose is") {
  const Matrix<float> x = zoo::gaussian_inputs("x", 31, 50).cast<float>();
  const PackedInputs<float> direct = pack_inputs<float>(x.transpose()), turned = pack_transposed(x);
  REQUIRE(turned.samples() == 50);
  REQUIRE(turned.blocks() == direct.blocks());
  CHECK(std::equal(direct.block(0), direct.block(direct.blocks()), turned.block(0)));
}

TEST_CASE("A pair of products adds feature by feature, and panels cover the product once") {
  for (const LayerShape shape : shapes) {
    const Matrix<double> x = zoo::gaussian_inputs("x", shape.samples, shape.width);
    const Matrix<double> xq = zoo::gaussian_inputs("xq", shape.samples, shape.width);
    const RowMatrix<double> d = zoo::uniform_weights("d", shape.width, shape.neurons, 1.0);
    const RowMatrix<double> e = zoo::uniform_weights("e", shape.width, shape.neurons, 1.0);
    RowMatrix<double> expected = RowMatrix<double>::Zero(shape.samples, shape.neurons);
    for (Index i = 0; i < shape.samples; ++i)
      for (Index j = 0; j < shape.neurons; ++j)
        for (Index t = 0; t < shape.width; ++t)
          expected(i, j) = std::fma(xq(i, t), e(t, j), std::fma(x(i, t), d(t, j), expected(i, j)));
    const auto rows = [](const RowMatrix<double>& matrix) {
      return [&matrix](Index t, Index first, Index count, double* out) {
        std::copy_n(matrix.row(t).data() + first, count, out);
      };
    };
    RowMatrix<double> result(shape.samples, shape.neurons);
    Index covered = 0;
    multiply_pair<double>(packed(x), packed(xq), shape.neurons, rows(d), rows(e), ExecutionContext(),
                          [&](const ProductPanel<double>& panel) {
                            covered += panel.rows * panel.neurons;
                            for (Index i = 0; i < panel.rows; ++i)
                              for (Index j = 0; j < panel.neurons; ++j)
                                result(panel.start + i, panel.first + j) = panel.y[i * panel.stride + j];
                          });
    CHECK(covered == result.size());
    CHECK(same_bits(result, expected));
  }
}

}  // namespace product_test
}  // namespace pathquant
