#include "core/sign_planes/distribution_planes.hpp"

#include <doctest/doctest.h>

#include <numbers>

#include "core/sign_planes/least_squares.hpp"
#include "tests/core/sign_planes/vectors.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace law_planes_test {

const ScalarDistribution gaussian = ScalarDistribution::gaussian();
const ScalarDistribution laplace = ScalarDistribution::laplace();
const ScalarDistribution uniform = ScalarDistribution::uniform();
constexpr double printed = 0.51e-6;

// Relative squared error of many vectors of n Gaussian numbers: mean and standard error of the mean.
template <class Fit>
std::pair<double, double> sampled(std::size_t n, std::size_t draws, Fit fit) {
  double sum = 0, squares = 0;
  for (std::size_t draw = 0; draw < draws; ++draw) {
    const std::vector<double> x = normals<double>("sampled/" + std::to_string(n) + "/" + std::to_string(draw), n);
    std::vector<double> q(n);
    fold<double>(x, fit(x), q.data());
    const double ratio = static_cast<double>(squared_error(x, q) / squared_error(x, std::vector<double>(n, 0.0)));
    sum += ratio;
    squares += ratio * ratio;
  }
  const auto count = static_cast<double>(draws);
  const double mean = sum / count;
  return {mean, std::sqrt((squares / count - mean * mean) / count)};
}

TEST_CASE("Closed forms and the table of theory, section 4.2") {
  using std::numbers::e;
  using std::numbers::pi;
  CHECK(ls1(gaussian).error == doctest::Approx(1 - 2 / pi).epsilon(1e-14).scale(0));
  CHECK(ls1(gaussian).scales[0] == doctest::Approx(std::sqrt(2 / pi)).epsilon(1e-14).scale(0));
  CHECK(ls1(laplace).error == doctest::Approx(0.5).epsilon(1e-14).scale(0));
  CHECK(ls1(laplace).scales[0] == doctest::Approx(1 / std::numbers::sqrt2).epsilon(1e-14).scale(0));
  CHECK(ls1(uniform).error == doctest::Approx(0.25).epsilon(1e-14).scale(0));

  // v2 = 2 (2 phi(v1) - 2 v1 Q(v1)), and (1 - 4 e^{-2})/2.
  const double v1 = std::sqrt(2 / pi);
  const double v2 = 2 * (2 * std::exp(-v1 * v1 / 2) / std::sqrt(2 * pi) - v1 * std::erfc(v1 / std::numbers::sqrt2));
  CHECK(gf(gaussian, 2).scales[1] == doctest::Approx(v2).epsilon(1e-13).scale(0));
  CHECK(gf(gaussian, 2).error == doctest::Approx(1 - 2 / pi - v2 * v2).epsilon(1e-13).scale(0));
  CHECK(gf(laplace, 2).error == doctest::Approx((1 - 4 / (e * e)) / 2).epsilon(1e-14).scale(0));
  CHECK(std::abs(gf(gaussian, 2).error - .130454) < printed);
  CHECK(std::abs(gf(gaussian, 2).scales[1] - .482624) < printed);
  CHECK(std::abs(gf(laplace, 2).error - .229329) < printed);
  CHECK(std::abs(gf(laplace, 2).scales[1] - .520260) < printed);
  for (std::size_t k = 1; k <= 8; ++k)
    CHECK(gf(uniform, k).error == doctest::Approx(std::pow(4.0, -static_cast<double>(k))).epsilon(1e-12).scale(0));

  CHECK(std::abs(ls2(gaussian).error - .117482) < printed);
  CHECK(std::abs(ls2(gaussian).scales[0] - .981599) < printed);
  CHECK(std::abs(ls2(gaussian).scales[1] - .528819) < printed);
  CHECK(std::abs(ls2(laplace).error - .176195) < printed);
  CHECK(std::abs(ls2(laplace).scales[0] - 1.126863) < printed);
  CHECK(std::abs(ls2(laplace).scales[1] - .707107) < printed);
  CHECK(ls2(uniform).error == doctest::Approx(1.0 / 16).epsilon(1e-12).scale(0));
  CHECK(std::abs(lst(gaussian).error - .190174) < printed);
  CHECK(std::abs(lst(gaussian).scales[0] - .612003) < printed);
  CHECK(lst(laplace).error == doctest::Approx(1 - 2 / e).epsilon(1e-13).scale(0));
  CHECK(lst(uniform).error == doctest::Approx(1.0 / 9).epsilon(1e-12).scale(0));

  // Table values of one sample of 65536 numbers, whose standard errors are near 1e-4 and 5e-4.
  CHECK(std::abs(gf(gaussian, 3).error - .0584) < 4e-4);
  CHECK(std::abs(gf(gaussian, 4).error - .0329) < 4e-4);
  CHECK(std::abs(gf(laplace, 3).error - .1435) < 2e-3);
  CHECK(std::abs(gf(laplace, 4).error - .0960) < 2e-3);
}

TEST_CASE("Scales of a law are what fitting many of its numbers gives") {
  const std::vector<double> x = normals<double>("many", 200000);
  for (std::size_t p = 0; p < 5; ++p)
    CHECK(gf<double>(x, 5)[p] == doctest::Approx(gf(gaussian, 5).scales[p]).epsilon(0.01).scale(0));
  for (std::size_t p = 0; p < 2; ++p)
    CHECK(ls2<double>(x)[p] == doctest::Approx(ls2(gaussian).scales[p]).epsilon(0.01).scale(0));
  CHECK(lst<double>(x)[0] == doctest::Approx(lst(gaussian).scales[0]).epsilon(0.01).scale(0));
}

TEST_CASE("Vectors of finite length are fitted too well") {
  const auto one = [](const auto& x) { return ls1<double>(x); };
  const auto two = [](const auto& x) { return ls2<double>(x); };
  const auto ternary = [](const auto& x) { return lst<double>(x); };
  const auto greedy = [](const auto& x) { return gf<double>(x, 2); };
  const auto check = [](auto fit, double population) {
    const auto [measured, error] = sampled(64, 4000, fit);
    CHECK(measured + 4 * error < population);
    CHECK(measured - 4 * error > population * (1 - 6.0 / 64));
  };
  check(one, ls1(gaussian).error);
  check(two, ls2(gaussian).error);
  check(ternary, lst(gaussian).error);
  check(greedy, gf(gaussian, 2).error);
  // For LS-1 exactly: the direction of a Gaussian vector is independent of its length, so the mean of (sum
  // |x|)^2/||x||^2 is that of (sum |x|)^2 over n: 1 + (n - 1) 2/pi.
  for (const std::size_t n : {2u, 64u}) {
    const auto [measured, error] = sampled(n, 4000, one);
    CHECK(std::abs(measured - (1 - 2 / std::numbers::pi) * (1 - 1 / static_cast<double>(n))) < 4 * error);
  }
}

}  // namespace law_planes_test
