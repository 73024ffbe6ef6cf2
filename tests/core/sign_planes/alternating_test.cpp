#include "core/sign_planes/alternating.hpp"

#include <doctest/doctest.h>

#include "core/sign_planes/least_squares.hpp"
#include "core/sign_planes/plane_levels.hpp"
#include "tests/core/sign_planes/vectors.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace alternating_test {

template <class S>
std::vector<S> rounded(const std::vector<S>& x, const PlaneScales<S>& scales) {
  std::vector<S> q(x.size());
  round_to_planes<S>(x, scales, q.data());
  return q;
}

template <class S>
Wide error(const std::vector<S>& x, const PlaneScales<S>& scales, std::span<const double> h = {}) {
  return squared_error(x, rounded(x, scales), h);
}

template <class S>
Wide greedy_error(const std::vector<S>& x, std::size_t planes, std::span<const double> h = {}) {
  std::vector<S> q(x.size());
  fold<S>(x, gf<S>(x, planes, h), q.data());
  return squared_error(x, q, h);
}

template <class S>
void check_against_greedy(const std::vector<S>& x) {
  for (std::size_t planes = 1; planes <= most_alternating_planes; ++planes) {
    const PlaneScales<S> scales = alternating<S>(x, planes);
    REQUIRE(scales.size() == planes);
    // Both are rounded to S on the way; GF's folded signs may even lie on the wrong side of a midpoint.
    CHECK(error(x, scales) <= greedy_error(x, planes) * (1 + 1e-12L) + rounding_of_levels(x));
    CHECK(error(x, scales) <= error(x, gf<S>(x, planes)) * (1 + 1e-12L));
    for (const S scale : scales) CHECK((std::isfinite(scale) && scale >= 0));
  }
}

TEST_CASE_TEMPLATE("Never worse than the greedy scales, for every vector and number of planes", S, float, double) {
  for (const auto& [name, x] : degenerate_vectors<S>()) {
    CAPTURE(name);
    check_against_greedy(x);
  }
  for (const std::size_t count : {5u, 60u, 700u})
    for (const auto& [name, x] : laws<S>("alternating/" + std::to_string(count), count)) {
      CAPTURE(name);
      check_against_greedy(x);
    }
}

TEST_CASE("One plane is LS-1; two are no better than LS-2") {
  for (const auto& [name, x] : laws<double>("planes", 500)) {
    CAPTURE(name);
    CHECK(alternating<double>(x, 1).front() == doctest::Approx(ls1<double>(x).front()).epsilon(1e-12).scale(0));
    CHECK(error(x, ls2<double>(x)) <= error(x, alternating<double>(x, 2)) * (1 + 1e-12L) + rounding_of_levels(x));
  }
}

TEST_CASE("It stops where every sign is the nearest and no scale improves these signs") {
  const std::vector<double> x = normals<double>("stationary", 400);
  const std::vector<double> h = uniforms("stationary/h", 400);
  for (const std::size_t planes : {2u, 3u, 4u}) {
    const PlaneScales<double> scales = alternating<double>(x, planes, h);
    const auto levels = plane_levels(scales);
    const auto q = rounded(x, scales);
    // The gradient by v_p, -2 sum h (x - q) b_p, vanishes.
    for (std::size_t p = 0; p < planes; ++p) {
      double gradient = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const auto level =
            std::find_if(levels.begin(), levels.end(), [&](const auto& one) { return one.value == q[i]; });
        REQUIRE(level != levels.end());
        gradient += h[i] * (x[i] - q[i]) * ((level->code >> (planes - 1 - p) & 1) != 0 ? 1 : -1);
      }
      CHECK(std::abs(gradient) < 1e-10);
    }
  }
}

TEST_CASE("Three planes come near the best eight levels of Gaussian numbers, which the greedy ones do not") {
  // Population values: the best symmetric 8-level quantizer .0345, GF-3 .0584. The eight levels of three scales are
  // fewer than free ones, so not all of that is reached. The standard error of either mean is below .001.
  const std::vector<double> x = normals<double>("eight levels", 20000);
  CHECK(static_cast<double>(greedy_error(x, 3)) / 20000 == doctest::Approx(0.0584).epsilon(0.03).scale(0));
  CHECK(static_cast<double>(error(x, alternating<double>(x, 3))) / 20000 < 0.040);
  CHECK(static_cast<double>(error(x, alternating<double>(x, 3))) / 20000 > 0.0335);
}

TEST_CASE("Whole-number weights are repetitions; powers of two scale exactly") {
  const std::vector<double> x = normals<double>("weights", 150);
  std::vector<double> h(150), repeated;
  for (std::size_t i = 0; i < 150; ++i) {
    h[i] = static_cast<double>(i % 3);
    repeated.insert(repeated.end(), i % 3, x[i]);
  }
  CHECK(static_cast<double>(error(x, alternating<double>(x, 3, h), h)) ==
        doctest::Approx(static_cast<double>(error(repeated, alternating<double>(repeated, 3)))).epsilon(1e-9).scale(0));
  std::vector<double> large(x);
  for (double& number : large) number = std::ldexp(number, 1000);
  const auto scales = alternating<double>(x, 4);
  const auto scaled = alternating<double>(large, 4);
  for (std::size_t p = 0; p < 4; ++p) CHECK(std::ldexp(scales[p], 1000) == scaled[p]);
}

}  // namespace alternating_test
