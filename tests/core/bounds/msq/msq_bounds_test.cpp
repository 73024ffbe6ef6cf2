// Tests of the upper bounds for memoryless quantization.
#include <doctest/doctest.h>

#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>

#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/bounds/small_path.hpp"

namespace pathquant {
namespace msq_bounds_test {

using namespace testing;

LayerFacts memoryless(LayerFacts facts) {
  facts.quantizer = {.uses_inputs = false};
  facts.statistics.weight_error_energy = 1.7;
  facts.statistics.path->input_spectrum = (Vector(3) << 0.5, 3.0, 12.0).finished();
  return facts;
}

TEST_CASE("msq_gaussian: its value gives back the failure probability") {
  for (const double eta : {0.5, 0.01, 1e-6})
    for (const Index m : {1, 7, 50}) {
      LayerFacts facts = memoryless(made_up_gaussian(1.3));
      facts.shape.samples = m;
      const double bound = value("msq_gaussian", facts, eta);
      // x = (sqrt m + sqrt t)^2 + t is solved for t.
      const double x = bound / (1.3 * 1.3 * 1.7), root_m = std::sqrt(static_cast<double>(m));
      const double root_t = (-root_m + std::sqrt(2 * x - root_m * root_m)) / 2;
      CHECK(std::exp(-root_t * root_t) / eta == doctest::Approx(1.0).epsilon(1e-10).scale(0));
      const double sum = std::sqrt(bound) + std::sqrt(5.0);
      CHECK(value("msq_gaussian", mismatched(facts), eta) == doctest::Approx(sum * sum).epsilon(1e-12).scale(0));
    }
}

TEST_CASE("msq_gaussian: neurons that err alike exceed it with the probability of chi^2, below eta") {
  for (const double eta : {0.9, 0.5, 0.1, 0.01, 1e-6})
    for (const Index m : {1, 2, 10, 100}) {
      LayerFacts facts = memoryless(made_up_gaussian(0.7));
      facts.shape.samples = m;
      const double x = value("msq_gaussian", facts, eta) / (0.49 * 1.7);
      CHECK(boost::math::cdf(complement(boost::math::chi_squared(static_cast<double>(m)), x)) <= eta);
    }
}

TEST_CASE("msq lines: hypotheses; clipping, thresholds, lists and mid-rise are admitted") {
  const LayerFacts gaussian = memoryless(made_up_gaussian(1.0));
  for (const char* name : {"msq_gaussian", "msq_deterministic"}) {
    CAPTURE(name);
    LayerFacts without_inputs = gaussian;
    without_inputs.shape.samples = 0;
    CHECK(says(reason(name, without_inputs), "no X"));
    LayerFacts grouped = gaussian;
    grouped.alphabet.group = 4;
    CHECK(value(name, grouped, 0.1) == value(name, gaussian, 0.1));
    LayerFacts clipped = thresholded(gaussian, Rounding::soft, 0.3);
    clipped.clipped = 3;
    CHECK(value(name, clipped, 0.1) == value(name, gaussian, 0.1));
    CHECK(value(name, listed(gaussian), 0.1) == value(name, gaussian, 0.1));
    CHECK(line(name).concerns(gaussian.quantizer));
    CHECK_FALSE(line(name).concerns({.path_following = true}));
    CHECK_FALSE(line(name).concerns({}));
  }
  check_needs_law("msq_gaussian", gaussian);
  CHECK(says(reason("msq_gaussian", memoryless(made_up_ball(1.0))), "Gaussian"));
  CHECK(reason("msq_deterministic", memoryless(made_up())).empty());
}

TEST_CASE("msq_deterministic: the leading eigenvalue, or the energy without it; eta is not looked at") {
  LayerFacts facts = memoryless(made_up());
  for (const double eta : {0.5, 1e-6}) CHECK(value("msq_deterministic", facts, eta) == doctest::Approx(12.0 * 1.7));
  const double root = std::sqrt(12.0 * 1.7) + std::sqrt(5.0);
  CHECK(value("msq_deterministic", mismatched(facts), 0.1) == doctest::Approx(root * root));
  facts.statistics.path.reset();
  CHECK(value("msq_deterministic", facts, 0.1) == doctest::Approx(31.0 * 1.7));
}

TEST_CASE("msq lines: runs on Gaussian inputs; the deterministic one is attained along the leading direction") {
  std::mt19937_64 engine(21);
  constexpr int trials = 4000;
  constexpr double eta = 0.2;
  int above = 0;
  const Eigen::MatrixXd xi = gaussian_matrix(12, 1, 0.3, engine) * Eigen::RowVector3d(1.0, -0.5, 2.0);
  for (int trial = 0; trial < trials; ++trial) {
    const Eigen::MatrixXd x = gaussian_matrix(4, 12, 1.3, engine);
    LayerFacts facts = memoryless(made_up_gaussian(1.3));
    facts.shape = {4, 12, 3};
    facts.statistics.weight_error_energy = xi.squaredNorm();
    const double error = (x * xi).squaredNorm();
    above += error > value("msq_gaussian", facts, eta) ? 1 : 0;
    if (trial >= 50) continue;
    facts.statistics.input_energy = x.squaredNorm();
    facts.statistics.path = path_covariance(x, ExecutionContext());
    CHECK(error <= value("msq_deterministic", facts, eta) * (1 + 1e-12));
    const Eigen::JacobiSVD<Eigen::MatrixXd> svd(x, Eigen::ComputeThinV);
    const Eigen::MatrixXd worst = svd.matrixV().col(0) * Eigen::RowVector3d(1.0, -0.5, 2.0);
    facts.statistics.weight_error_energy = worst.squaredNorm();
    CHECK((x * worst).squaredNorm() / value("msq_deterministic", facts, eta) ==
          doctest::Approx(1.0).epsilon(1e-10).scale(0));
  }
  // Rank-one errors: chi^2_4 beyond (2 + sqrt t)^2 + t; the count is binomial, within 4 standard deviations.
  const double t = -std::log(eta);
  const double p = boost::math::cdf(complement(boost::math::chi_squared(4.0), 4 + 4 * std::sqrt(t) + 2 * t));
  CHECK(std::abs(above - trials * p) <= 4 * std::sqrt(trials * p * (1 - p)));
  CHECK(p < eta);
}

}  // namespace msq_bounds_test
}  // namespace pathquant
