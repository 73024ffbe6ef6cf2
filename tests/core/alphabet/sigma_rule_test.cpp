#include "core/alphabet/sigma_rule.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "core/alphabet/distribution_levels.hpp"

using namespace pathquant;

namespace sigma_rule_test {

double error_of_midrise(const ScalarDistribution& law, int bits, double step) {
  std::vector<double> levels;
  for (int k = -(1 << (bits - 1)); k < 1 << (bits - 1); ++k) levels.push_back((k + 0.5) * step);
  return rounding_error_of(law, levels);
}

TEST_CASE("The table of the rule is that of the best mid-rise steps") {
  const ScalarDistribution gaussian = ScalarDistribution::gaussian();
  const ScalarDistribution laplace = ScalarDistribution::laplace();
  const std::vector<double> of_gaussian = {1.596, .996, .586, .335, .188, .104, .057, .031};
  const std::vector<double> of_laplace = {1.414, 1.087, .731, .456};
  for (int bits = 1; bits <= 8; ++bits)
    CHECK(std::abs(sigma_step(gaussian, bits, SigmaIndex::optimal) - of_gaussian[bits - 1u]) < 0.6e-3);
  for (int bits = 1; bits <= 3; ++bits)
    CHECK(std::abs(sigma_step(laplace, bits, SigmaIndex::optimal) - of_laplace[bits - 1u]) < 0.6e-3);
  // The published fourth entry is about 1 % below the best, .4610.
  CHECK(sigma_step(laplace, 4, SigmaIndex::optimal) == doctest::Approx(of_laplace[3]).epsilon(0.012).scale(0));
}

TEST_CASE("The index of the release is one entry off, and what that costs") {
  const ScalarDistribution gaussian = ScalarDistribution::gaussian();
  const std::vector<double> best = {.119, .0376, .0116}, release = {.2135, .0828, .0286};
  for (int bits = 2; bits <= 4; ++bits) {
    const double step = sigma_step(gaussian, bits, SigmaIndex::release);
    CHECK(step == sigma_step(gaussian, bits - 1, SigmaIndex::optimal));
    CHECK(error_of_midrise(gaussian, bits, step) == doctest::Approx(release[bits - 2u]).epsilon(0.005).scale(0));
    CHECK(error_of_midrise(gaussian, bits, sigma_step(gaussian, bits, SigmaIndex::optimal)) ==
          doctest::Approx(best[bits - 2u]).epsilon(0.01).scale(0));
  }
  CHECK_THROWS_AS(sigma_step(gaussian, 1, SigmaIndex::release), std::invalid_argument);
  CHECK_THROWS_AS(sigma_step(gaussian, 0, SigmaIndex::optimal), std::invalid_argument);
  CHECK_THROWS_AS(sigma_step(gaussian, 17, SigmaIndex::optimal), std::invalid_argument);
}

}  // namespace sigma_rule_test
