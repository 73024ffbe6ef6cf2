// Tests of single-precision normals: agreement with double precision, and their distribution.
#include <doctest/doctest.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <vector>

#include "core/random/stream.hpp"

namespace pathquant {
namespace single_normals_test {

constexpr Index count = 1 << 20;

std::vector<float> singles(const Stream& stream) {
  std::vector<float> z(count);
  stream.normals(7, 0, count, z.data());
  return z;
}

TEST_CASE("A normal in single precision is the one in double precision to 1e-6") {
  const Stream stream("single");
  std::vector<double> exact(count);
  stream.normals(7, 0, count, exact.data());
  const std::vector<float> z = singles(stream);
  double worst = 0;
  for (std::size_t i = 0; i < z.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(z[i]) - exact[i]) / std::abs(exact[i]));
  CHECK(worst < 1e-6);
  CHECK(worst > 1e-8);  // they are not the same numbers rounded
}

// Each limit is five standard errors: all together fail by chance once in 10^5.
TEST_CASE("Moments, tails and distribution of normals in single precision") {
  const std::vector<float> z = singles(Stream("law"));
  const double n = count;
  double moments[5] = {};
  Index beyond_three = 0, beyond_four = 0;
  for (const double x : z) {
    double power = 1;
    for (int k = 1; k <= 4; ++k) moments[k] += power *= x;
    beyond_three += std::abs(x) > 3 ? 1 : 0;
    beyond_four += std::abs(x) > 4 ? 1 : 0;
  }
  const double variances[] = {0, 1, 2, 15, 96}, means[] = {0, 0, 1, 0, 3};
  for (int k = 1; k <= 4; ++k) CHECK(std::abs(moments[k] / n - means[k]) < 5 * std::sqrt(variances[k] / n));
  const boost::math::normal law;
  for (const auto& [limit, beyond] : {std::pair{3.0, beyond_three}, {4.0, beyond_four}}) {
    const double expected = 2 * n * boost::math::cdf(boost::math::complement(law, limit));
    CHECK(std::abs(static_cast<double>(beyond) - expected) < 5 * std::sqrt(expected));
  }
  // Neighbours come from one pair, and from one block.
  for (const std::size_t lag : {1, 2, 4}) {
    double sum = 0;
    for (std::size_t i = 0; i + lag < z.size(); ++i) sum += static_cast<double>(z[i]) * static_cast<double>(z[i + lag]);
    CHECK(std::abs(sum) < 5 * std::sqrt(n));
  }
  std::vector<float> sorted = z;
  std::sort(sorted.begin(), sorted.end());
  double distance = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double probability = boost::math::cdf(law, static_cast<double>(sorted[i]));
    distance = std::max({distance, std::abs(probability - static_cast<double>(i) / n),
                         std::abs(probability - static_cast<double>(i + 1) / n)});
  }
  CHECK(distance * std::sqrt(n) < 2.5);  // Kolmogorov: exceeded with probability 7e-6
}

}  // namespace single_normals_test
}  // namespace pathquant
