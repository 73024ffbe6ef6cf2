// Tests of every build and strip width of the blocked kernels against their definition, chains of std::fma, bit for
// bit.
#include "core/kernels/blocked_kernels.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "tests/core/kernels/builds.hpp"

namespace pathquant::kernels {
namespace blocked_kernels_test {

constexpr std::ptrdiff_t B = block_features;

// Sizes spread over 40 binary orders, so that a rounding left out or in shows in the bits.
template <class S>
std::vector<S> numbers(std::ptrdiff_t count, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<double> normal;
  std::uniform_int_distribution<int> exponent(-20, 20);
  std::vector<S> out(static_cast<std::size_t>(count));
  for (S& x : out) x = static_cast<S>(std::ldexp(normal(engine), exponent(engine)));
  return out;
}

template <class S>
void check_kernels(const BlockedKernels<S>& kernels, std::ptrdiff_t rows) {
  const std::ptrdiff_t R = kernels.neurons, stride = R + 16, blocks = 3;
  CAPTURE(R);
  CAPTURE(rows);
  const auto x = numbers<S>(blocks * rows * B, 1), xq = numbers<S>(rows * B, 2);
  const std::ptrdiff_t other_stride = R + 24;
  const auto d = numbers<S>(blocks * B * stride, 3), q = numbers<S>(B * other_stride, 4);
  const auto u = numbers<S>(rows * R + 8, 5), s = numbers<S>(B * stride, 6);
  const auto at = [](auto& v, std::ptrdiff_t i) -> auto& {
    return v[static_cast<std::size_t>(i)];
  };

  std::vector<S> updated = u, expected = u;
  kernels.update(rows, x.data(), stride, d.data(), updated.data());
  for (std::ptrdiff_t i = 0; i < rows; ++i)
    for (std::ptrdiff_t j = 0; j < R; ++j)
      for (std::ptrdiff_t k = 0; k < B; ++k)
        at(expected, i * R + j) = std::fma(at(x, i * B + k), at(d, k * stride + j), at(expected, i * R + j));
  CHECK(same(updated, expected));

  updated = expected = u;
  kernels.update_pair(rows, x.data(), xq.data(), stride, d.data(), other_stride, q.data(), updated.data());
  for (std::ptrdiff_t i = 0; i < rows; ++i)
    for (std::ptrdiff_t j = 0; j < R; ++j)
      for (std::ptrdiff_t k = 0; k < B; ++k) {
        S& sum = at(expected, i * R + j);
        sum = std::fma(at(x, i * B + k), at(d, k * stride + j), sum);
        sum = std::fma(at(xq, i * B + k), at(q, k * other_stride + j), sum);
      }
  CHECK(same(updated, expected));

  for (const bool fresh : {false, true}) {
    std::vector<S> projected = s, projections = s;
    kernels.project(rows, x.data(), u.data(), fresh, stride, projected.data(), u.data());
    for (std::ptrdiff_t k = 0; k < B; ++k)
      for (std::ptrdiff_t j = 0; j < R; ++j) {
        S& sum = at(projections, k * stride + j);
        if (fresh) sum = 0;
        for (std::ptrdiff_t i = 0; i < rows; ++i) sum = std::fma(at(x, i * B + k), at(u, i * R + j), sum);
      }
    CHECK(same(projected, projections));
    // Both as columns of one matrix.
    const std::ptrdiff_t row_stride = B + R + 3;
    const auto matrix = numbers<S>(rows * row_stride + 8, 7);
    projected = projections = s;
    kernels.project_within(rows, matrix.data() + 1, matrix.data() + B + 2, row_stride, fresh, stride, projected.data());
    for (std::ptrdiff_t k = 0; k < B; ++k)
      for (std::ptrdiff_t j = 0; j < R; ++j) {
        S& sum = at(projections, k * stride + j);
        if (fresh) sum = 0;
        for (std::ptrdiff_t i = 0; i < rows; ++i)
          sum = std::fma(at(matrix, i * row_stride + 1 + k), at(matrix, i * row_stride + B + 2 + j), sum);
      }
    CHECK(same(projected, projections));
  }

  updated = expected = u;
  kernels.multiply(rows, blocks, x.data(), rows * B, stride, d.data(), updated.data());
  for (std::ptrdiff_t i = 0; i < rows; ++i)
    for (std::ptrdiff_t j = 0; j < R; ++j)
      for (std::ptrdiff_t k = 0; k < blocks * B; ++k)
        at(expected, i * R + j) =
            std::fma(at(x, (k / B) * rows * B + i * B + k % B), at(d, k * stride + j), at(expected, i * R + j));
  CHECK(same(updated, expected));
}

TEST_CASE_TEMPLATE("Strip kernels are chains of fused multiply-adds, whatever the build, the width and the rows", S,
                   float, double) {
  for (const auto* table :
       builds(baseline::blocked_kernels<S>(), fma::blocked_kernels<S>(), avx512::blocked_kernels<S>())) {
    std::ptrdiff_t wider = 256 / static_cast<std::ptrdiff_t>(sizeof(S));
    for (const BlockedKernels<S>& kernels : *table) {
      CHECK(kernels.neurons == wider / 2);
      wider = kernels.neurons;
      for (const std::ptrdiff_t rows : {0, 1, 3, 4, 11, 12, 13, 29}) check_kernels(kernels, rows);
    }
  }
}

}  // namespace blocked_kernels_test
}  // namespace pathquant::kernels
