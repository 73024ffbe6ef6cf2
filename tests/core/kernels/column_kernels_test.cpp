// Tests of every build of the column kernels against their definition, chains of std::fma, bit for bit, and against
// ordinary sums.
#include "core/kernels/column_kernels.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "core/kernels/instructions.hpp"

namespace pathquant::kernels {
namespace column_kernels_test {

template <class S>
std::vector<const ColumnKernels<S>*> builds() {
  std::vector<const ColumnKernels<S>*> all = {&baseline::column_kernels<S>(), &active<S>()};
  if (has_fma()) all.push_back(&fma::column_kernels<S>());
  if (has_avx512()) all.push_back(&avx512::column_kernels<S>());
  if (!has_avx512()) MESSAGE("not all instruction sets are here");
  return all;
}

/// One column x, residual u and row d. The sizes of the entries spread over 40 binary orders, so that a rounding left
/// out or in shows in the bits. Behind d and u lie entries that no kernel may touch.
template <class S>
struct Column {
  static constexpr std::size_t guard = 40;
  std::ptrdiff_t m, P;
  std::vector<S> x, u, d;

  Column(std::ptrdiff_t samples, std::ptrdiff_t neurons)
      : m(samples), P(neurons), x(size(m)), u(size(m * P) + guard), d(size(P) + guard) {
    std::mt19937_64 engine(static_cast<std::uint64_t>(1000 * m + P));
    std::normal_distribution<double> normal;
    std::uniform_int_distribution<int> exponent(-20, 20);
    for (auto* values : {&x, &u, &d})
      for (S& value : *values) value = static_cast<S>(std::ldexp(normal(engine), exponent(engine)));
  }
  static std::size_t size(std::ptrdiff_t n) { return static_cast<std::size_t>(n); }
  S at(std::ptrdiff_t i, std::ptrdiff_t j) const { return u[size(i * P + j)]; }
};

template <class S>
bool same_bits(const std::vector<S>& a, const std::vector<S>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(S)) == 0;
}

template <class S, class Check>
void for_columns(Check check) {
  for (const std::ptrdiff_t samples : {0, 1, 2, 3, 7, 64, 129}) {
    // Every width of a chunk alone, and all remainders together: 127 = 64 + 32 + ... + 1.
    for (const std::ptrdiff_t neurons : {1, 2, 3, 4, 5, 8, 15, 16, 17, 32, 33, 64, 100, 127, 128, 129}) {
      CAPTURE(samples);
      CAPTURE(neurons);
      check(Column<S>(samples, neurons));
    }
  }
}

TEST_CASE_TEMPLATE("project is one chain of fused multiply-adds per neuron, samples ascending", S, float, double) {
  const auto all = builds<S>();
  for_columns<S>([&](const Column<S>& column) {
    std::vector<S> expected = column.d;
    for (std::ptrdiff_t j = 0; j < column.P; ++j) {
      S sum = 0;
      for (std::ptrdiff_t i = 0; i < column.m; ++i) sum = std::fma(column.x[Column<S>::size(i)], column.at(i, j), sum);
      expected[Column<S>::size(j)] = sum;
    }
    for (const auto* build : all) {
      std::vector<S> d = column.d;
      build->project(column.m, column.P, column.x.data(), column.u.data(), d.data());
      CHECK(same_bits(d, expected));
    }
  });
}

TEST_CASE_TEMPLATE("update is one fused multiply-add per entry", S, float, double) {
  const auto all = builds<S>();
  for_columns<S>([&](const Column<S>& column) {
    std::vector<S> expected = column.u;
    for (std::ptrdiff_t i = 0; i < column.m; ++i)
      for (std::ptrdiff_t j = 0; j < column.P; ++j)
        expected[Column<S>::size(i * column.P + j)] =
            std::fma(column.x[Column<S>::size(i)], column.d[Column<S>::size(j)], column.at(i, j));
    for (const auto* build : all) {
      std::vector<S> u = column.u;
      build->update(column.m, column.P, column.x.data(), column.d.data(), u.data());
      CHECK(same_bits(u, expected));
    }
  });
}

TEST_CASE_TEMPLATE("project and update are the product and the rank-one sum, up to rounding", S, float, double) {
  constexpr long double eps = std::numeric_limits<S>::epsilon() / 2;
  for_columns<S>([&](const Column<S>& column) {
    std::vector<S> d = column.d;
    std::vector<S> u = column.u;
    active<S>().project(column.m, column.P, column.x.data(), column.u.data(), d.data());
    active<S>().update(column.m, column.P, column.x.data(), column.d.data(), u.data());
    bool close = true;
    for (std::ptrdiff_t j = 0; j < column.P; ++j) {
      long double sum = 0, magnitude = 0;
      for (std::ptrdiff_t i = 0; i < column.m; ++i) {
        const long double x = column.x[Column<S>::size(i)];
        sum += x * column.at(i, j);
        magnitude += std::fabs(x * column.at(i, j));
        const long double change = x * column.d[Column<S>::size(j)];
        const long double updated = column.at(i, j) + change;
        // One rounding; and this reference's own two, which a cancellation lays bare.
        const long double reference = 0x1p-62L * (std::fabs(change) + std::fabs(column.at(i, j)));
        const long double error = std::fabs(u[Column<S>::size(i * column.P + j)] - updated);
        close = close && error <= 1.01L * eps * std::fabs(updated) + reference;
      }
      // m roundings, each at most eps of a partial sum (N. J. Higham, "Accuracy and Stability", section 3.1).
      const long double bound = 1.01L * eps * static_cast<long double>(column.m) * magnitude;
      close = close && std::fabs(d[Column<S>::size(j)] - sum) <= bound;
    }
    CHECK(close);
  });
}

TEST_CASE_TEMPLATE("A product is not rounded before it is added", S, float, double) {
  // (1 + h)^2 - 1 = 2h + h^2 is a number of S, but (1 + h)^2 is not: rounded first, it would leave 2h.
  const S h = std::ldexp(S{1}, sizeof(S) == 4 ? -13 : -30);
  const S x[] = {-1, 1 + h};
  const S u[] = {1, 1 + h};
  for (const auto* build : builds<S>()) {
    S d = 0;
    build->project(2, 1, x, u, &d);
    CHECK(d == 2 * h + h * h);
    S residual = -1;
    build->update(1, 1, &x[1], &u[1], &residual);
    CHECK(residual == 2 * h + h * h);
  }
}

TEST_CASE_TEMPLATE("Samples are added in ascending order", S, float, double) {
  // In ascending order the 1 is lost next to 2^60 before that is taken away again; descending, or in two halves, it
  // stays.
  const S big = std::ldexp(S{1}, 60);
  const S x[] = {1, 1, 1, 1};
  const S u[] = {1, big, -big, 0};
  for (const auto* build : builds<S>()) {
    S d = -1;
    build->project(4, 1, x, u, &d);
    CHECK(d == 0);
  }
}

TEST_CASE_TEMPLATE("Without samples there is nothing to read", S, float, double) {
  for (const auto* build : builds<S>()) {
    std::vector<S> d(17, 1);
    build->update(0, 17, nullptr, d.data(), nullptr);
    CHECK(d == std::vector<S>(17, 1));
    build->project(0, 17, nullptr, nullptr, d.data());
    CHECK(d == std::vector<S>(17, 0));
  }
}

}  // namespace column_kernels_test
}  // namespace pathquant::kernels
