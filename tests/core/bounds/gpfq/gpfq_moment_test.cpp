#include <doctest/doctest.h>

#include <boost/math/special_functions/binomial.hpp>
#include <cmath>
#include <vector>

#include "core/bounds/shared/stationary_moments.hpp"
#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/bounds/small_path.hpp"

namespace pathquant {
namespace gpfq_moment_test {

using namespace testing;

// The moments without logarithms, from E(1-B)^j and E G^j as Beta and Gamma functions, and the least of the bounds.
long double plain_bound(bool gaussian, int m, long double eta) {
  const long double half = m / 2.0L;
  const auto kept = [&](int j) {
    if (m == 1) return j == 0 ? 1.0L : 0.0L;
    return std::exp(std::lgamma(half - 0.5L + j) - std::lgamma(half - 0.5L) + std::lgamma(half) -
                    std::lgamma(half + j));
  };
  const auto gained = [&](int j) {
    return gaussian ? std::exp(j * std::log(2.0L) + std::lgamma(half + j) - std::lgamma(half)) : half / (half + j);
  };
  std::vector<long double> moments = {1.0L};
  long double best = INFINITY;
  for (int k = 1; k <= 60; ++k) {
    long double sum = 0;
    for (int j = 0; j < k; ++j)
      sum += boost::math::binomial_coefficient<long double>(static_cast<unsigned>(k), static_cast<unsigned>(j)) *
             kept(j) * moments[static_cast<std::size_t>(j)] * gained(k - j);
    moments.push_back(sum / (1.0L - kept(k)));
    best = std::min(best, std::pow(moments.back() / eta, 1.0L / k));
  }
  return best;
}

LayerFacts one_neuron(LayerFacts facts, Index m, Index n, double step) {
  facts.shape = {m, n, 1};
  facts.alphabet.steps = Vector(Vector::Constant(1, step));
  return facts;
}

TEST_CASE("gpfq_moment: published values at sigma = 1, delta = 1, eta = 1e-3") {
  const std::pair<int, double> published[] = {{5, 20.7}, {10, 61.3}, {20, 196.0}, {50, 984.8}};
  for (const auto& [m, expected] : published) {
    const double found = value("gpfq_moment", one_neuron(made_up_gaussian(1.0), m, 1000, 1.0), 1e-3);
    CHECK(std::abs(found - expected) <= 0.05);
  }
}

TEST_CASE("gpfq_moment: moments computed without logarithms, at several m, N and eta") {
  for (const int m : {1, 2, 5, 30})
    for (const double eta : {0.5, 0.1, 1e-3, 1e-6}) {
      CAPTURE(m);
      CAPTURE(eta);
      for (const int n : {4, 90}) {  // stationary: N does not enter
        const double in_gaussian = value("gpfq_moment", one_neuron(made_up_gaussian(1.5), m, n, 0.4), eta);
        const double in_ball = value("gpfq_moment", one_neuron(made_up_ball(2.5), m, n, 0.4), eta);
        CHECK(in_gaussian ==
              doctest::Approx(0.04 * 2.25 * static_cast<double>(plain_bound(true, m, eta))).epsilon(1e-9).scale(0));
        // At m = 1 and small eta the least lies beyond k = 60 in a ball: G is bounded by 1, and the bound tends to 1.
        const double ball = 0.04 * 6.25 * static_cast<double>(plain_bound(false, m, eta));
        if (m > 1) CHECK(in_ball == doctest::Approx(ball).epsilon(1e-9).scale(0));
        CHECK(in_ball <= ball * (1 + 1e-9));
      }
    }
}

TEST_CASE("gpfq_moment: first two moments by hand") {
  // R = (1-B)R + G:  M_1 = m E G;  M_2 (1 - b_2) = E G^2 + 2 (1 - 1/m) M_1 E G.
  for (const int m : {2, 9}) {
    const std::vector<double> gaussian = log_stationary_moments(UnitDistribution::gaussian, m, 2);
    const double d = m, b2 = (d * d - 1) / (d * (d + 2));
    CHECK(std::exp(gaussian[1]) == doctest::Approx(d * d));
    CHECK(std::exp(gaussian[2]) == doctest::Approx((d * (d + 2) + 2 * (1 - 1 / d) * d * d * d) / (1 - b2)));
    const std::vector<double> ball = log_stationary_moments(UnitDistribution::ball, m, 2);
    const double g1 = d / (d + 2), g2 = d / (d + 4);
    CHECK(std::exp(ball[1]) == doctest::Approx(d * g1));
    CHECK(std::exp(ball[2]) == doctest::Approx((g2 + 2 * (1 - 1 / d) * d * g1 * g1) / (1 - b2)));
  }
}

TEST_CASE(
    "gpfq_moment: the layer is the sum of squared steps, without eta/P; a mismatch adds the root of the residual") {
  const LayerFacts facts = made_up_gaussian(1.0);
  double sum = 0;
  for (const double step : {0.5, 0.2, 0.9}) sum += value("gpfq_moment", one_neuron(facts, 7, 19, step), 0.03);
  CHECK(value("gpfq_moment", facts, 0.03) == doctest::Approx(sum).epsilon(1e-12).scale(0));
  LayerFacts drifted = mismatched(facts);
  drifted.pairs_independent = true;
  const double root = 1.5 + std::sqrt(sum);
  CHECK(value("gpfq_moment", drifted, 0.03) == doctest::Approx(root * root).epsilon(1e-12).scale(0));
}

TEST_CASE("gpfq_moment: thresholds and lists of levels, by rho") {
  check_rounding("gpfq_moment", made_up_ball(1.5));
}

TEST_CASE("gpfq_moment: hypotheses") {
  CHECK(says(reason("gpfq_moment", made_up_symmetric()), "Gaussian"));  // its moments are those of two laws
  check_needs_inputs_and_steps("gpfq_moment", made_up_gaussian(1.0));
  check_refuses_clipping("gpfq_moment", made_up_gaussian(1.0));
  check_needs_law("gpfq_moment", made_up_ball(1.0));
  CHECK(says(reason("gpfq_moment", mismatched(made_up_gaussian(1.0))), "pairs"));
}

TEST_CASE("gpfq_moment: weights that always round by half a step exceed it no more often than eta") {
  constexpr int trials = 4000;
  for (const auto& [m, n] : {std::pair<Index, Index>{1, 3}, {3, 20}, {5, 40}}) {
    const LayerFacts facts = one_neuron(made_up_gaussian(1.0), m, n, 1.0);
    std::mt19937_64 engine(9);
    std::vector<double> energies;
    for (int trial = 0; trial < trials; ++trial) {
      Eigen::VectorXd error = Eigen::VectorXd::Zero(m);
      for (Index t = 0; t < n; ++t) {
        const Eigen::VectorXd x = gaussian_matrix(m, 1, 1.0, engine);
        error -= (x.dot(error) / x.squaredNorm() + 0.5) * x;
      }
      energies.push_back(error.squaredNorm());
    }
    for (const double eta : {0.5, 0.1, 0.01}) {
      const double bound = value("gpfq_moment", facts, eta);
      const auto violations = std::count_if(energies.begin(), energies.end(), [&](double e) { return e > bound; });
      CHECK(plausible(static_cast<int>(violations), trials, eta));
    }
  }
}

}  // namespace gpfq_moment_test
}  // namespace pathquant
