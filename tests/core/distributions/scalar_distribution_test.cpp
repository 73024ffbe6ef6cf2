#include "core/distributions/scalar_distribution.hpp"

#include <doctest/doctest.h>

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <numbers>
#include <stdexcept>

using namespace pathquant;

namespace scalar_law_test {

struct NamedDistribution {
  std::string name;
  ScalarDistribution law;
};

std::vector<NamedDistribution> laws() {
  return {{"gaussian", ScalarDistribution::gaussian()},
          {"laplace", ScalarDistribution::laplace()},
          {"uniform", ScalarDistribution::uniform()},
          {"student_t 3", ScalarDistribution::student_t(3)},
          {"student_t 5.5", ScalarDistribution::student_t(5.5)},
          {"student_t 40", ScalarDistribution::student_t(40)}};
}

template <class F>
double integral(F f, double a, double b) {
  return boost::math::quadrature::gauss_kronrod<double, 61>::integrate(f, a, b, 15, 1e-13);
}

TEST_CASE("Moments are the integrals of the density, and the variance is 1") {
  for (const auto& [name, law] : laws()) {
    CAPTURE(name);
    CHECK(static_cast<double>(law.beyond(0).mass) == doctest::Approx(0.5).epsilon(1e-15).scale(0));
    CHECK(static_cast<double>(law.beyond(0).second) == doctest::Approx(0.5).epsilon(1e-15).scale(0));
    const auto density = [law = law](double x) { return static_cast<double>(law.density(x)); };
    for (const auto& [a, b] : {std::pair{0.0, 0.5}, {0.3, 1.1}, {1.0, 1.7}, {0.0, 1.73}, {2.0, 5.0}, {4.0, 9.0}}) {
      const DistributionMoments moments = law.between(a, b);
      // The uniform density has a jump at its end, which no quadrature likes.
      const double end = std::min(b, static_cast<double>(law.end()));
      if (end <= a) continue;
      CHECK(static_cast<double>(moments.mass) == doctest::Approx(integral(density, a, end)).epsilon(1e-11).scale(0));
      CHECK(static_cast<double>(moments.first) ==
            doctest::Approx(integral([&](double x) { return x * density(x); }, a, end)).epsilon(1e-11).scale(0));
      CHECK(static_cast<double>(moments.second) ==
            doctest::Approx(integral([&](double x) { return x * x * density(x); }, a, end)).epsilon(1e-11).scale(0));
    }
    CHECK(law.beyond(law.end()).mass == 0);
    CHECK(law.density(0.4) == law.density(-0.4));
  }
  CHECK_THROWS_AS(ScalarDistribution::student_t(2), std::invalid_argument);
}

TEST_CASE("The entropy power is that of the density: at most 1, and 1 for the Gaussian alone") {
  for (const auto& [name, law] : laws()) {
    CAPTURE(name);
    const auto surprise = [law = law](double x) {
      const double p = static_cast<double>(law.density(x));
      return p > 0 ? -p * std::log(p) : 0;
    };
    // In t = log(1 + x) the tail of Student's t is as short as the others'.
    const double end = std::isinf(static_cast<double>(law.end())) ? 30 : std::log1p(static_cast<double>(law.end()));
    const double entropy = 2 * integral([&](double t) { return surprise(std::expm1(t)) * std::exp(t); }, 0, end);
    const double power = std::exp(2 * entropy) / (2 * std::numbers::pi * std::numbers::e);
    CHECK(law.entropy_power() == doctest::Approx(power).epsilon(1e-9).scale(0));
    CHECK(law.entropy_power() <= 1 + 1e-15);
    CHECK((law.entropy_power() == 1) == (name == "gaussian"));
  }
  CHECK(ScalarDistribution::laplace().entropy_power() == doctest::Approx(0.865256).epsilon(1e-6).scale(0));
  CHECK(ScalarDistribution::uniform().entropy_power() == doctest::Approx(0.702598).epsilon(1e-6).scale(0));
}

}  // namespace scalar_law_test
