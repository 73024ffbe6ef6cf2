// Tests of the distributions of the random numbers. Every statistic must lie within 5 of its standard errors, which a
// correct generator violates with probability 5.8e-7. There are about 120 statistics, so a change of the streams would
// raise a false alarm with probability 7e-5. The streams are fixed: a test that passes keeps passing.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/random/stream.hpp"

namespace pathquant {
namespace distribution_test {

constexpr std::size_t n = 1 << 18;

enum class Law { uniform, normal };

/// Numbers first .. first + n - 1, standardised: mean 0, variance 1.
std::vector<double> draw(Law law, const Stream& stream, Index row, Index first) {
  std::vector<double> out(n);
  if (law == Law::normal) {
    stream.normals(row, first, n, out.data());
  } else {
    stream.uniforms(row, first, n, out.data());
    for (double& u : out) u = (u - 0.5) * std::sqrt(12.0);
  }
  return out;
}

/// The k-th moment of the standardised law: (k - 1)!! for normals, sqrt(3)^k / (k + 1) for uniforms, 0 where k is odd.
double moment(Law law, int k) {
  if (k % 2 == 1) return 0;
  if (law == Law::uniform) return std::pow(3.0, k / 2) / (k + 1);
  double product = 1;
  for (int factor = k - 1; factor > 1; factor -= 2) product *= factor;
  return product;
}

TEST_CASE("Moments 1 to 4 are the law's") {
  for (const Law law : {Law::uniform, Law::normal}) {
    const auto z = draw(law, Stream("moments"), 0, 0);
    for (int k = 1; k <= 4; ++k) {
      CAPTURE(k);
      double sum = 0;
      for (const double value : z) sum += std::pow(value, k);
      const double variance = moment(law, 2 * k) - moment(law, k) * moment(law, k);
      CHECK(std::fabs(sum / n - moment(law, k)) < 5 * std::sqrt(variance / n));
    }
  }
}

/// Kolmogorov's statistic sqrt(n) sup |F_n - F| of numbers whose distribution function is F.
double kolmogorov(std::vector<double> z, const std::function<double(double)>& F) {
  std::sort(z.begin(), z.end());
  double distance = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double at = F(z[i]);
    distance = std::max({distance, at - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - at});
  }
  return distance * std::sqrt(double{n});
}

TEST_CASE("The empirical distribution function is the law's") {
  // P(statistic > 2.75) -> 2 exp(-2 2.75^2) = 5.4e-7.
  const Stream stream("distribution");
  CHECK(kolmogorov(draw(Law::uniform, stream, 0, 0), [](double z) { return z / std::sqrt(12.0) + 0.5; }) < 2.75);
  CHECK(kolmogorov(draw(Law::normal, stream, 0, 0), [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }) <
        2.75);
}

TEST_CASE("Each of the 53 bits of a uniform is fair") {
  std::vector<double> u(n);
  Stream("bits").uniforms(0, 0, n, u.data());
  int count[53] = {};
  for (const double value : u) {
    const auto bits = static_cast<std::uint64_t>(value * 0x1p53);
    for (int bit = 0; bit < 53; ++bit) count[bit] += static_cast<int>(bits >> bit & 1);
  }
  for (int bit = 0; bit < 53; ++bit) {
    CAPTURE(bit);
    CHECK(std::fabs(count[bit] / double{n} - 0.5) < 5 * 0.5 / std::sqrt(double{n}));
  }
}

/// Standardised covariances of a and b, and of their squares, which Box-Muller pairs of one radius would give away.
void check_unrelated(Law law, const std::vector<double>& a, const std::vector<double>& b) {
  double product = 0, squares = 0;
  for (std::size_t i = 0; i < n; ++i) {
    product += a[i] * b[i];
    squares += (a[i] * a[i] - 1) * (b[i] * b[i] - 1);
  }
  CHECK(std::fabs(product / n) < 5 / std::sqrt(double{n}));
  CHECK(std::fabs(squares / n) < 5 * (moment(law, 4) - 1) / std::sqrt(double{n}));
}

TEST_CASE("Positions, rows and streams are uncorrelated") {
  const Stream stream("independence");
  const Index row = 5;
  for (const Law law : {Law::uniform, Law::normal}) {
    const auto z = draw(law, stream, row, 0);
    for (const Index lag :
         {1, 2, 3, 4, 5, 32, 1024}) {  // in a pair, in a block, across blocks, across groups of blocks
      CAPTURE(lag);
      check_unrelated(law, z, draw(law, stream, row, lag));
    }
    for (const Index other : {row + 1, row ^ 1, Index{0}, row + (Index{1} << 32)}) {  // either word of the row's number
      CAPTURE(other);
      check_unrelated(law, z, draw(law, stream, other, 0));
    }
    for (const char* text : {"independencf", "independence ", "", "Independence"}) {
      CAPTURE(text);
      check_unrelated(law, z, draw(law, Stream(text), row, 0));
    }
  }
}

}  // namespace distribution_test
}  // namespace pathquant
