#include <doctest/doctest.h>

#include <cmath>

#include "core/bounds/shared/gaussian_energy.hpp"
#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/bounds/small_path.hpp"

namespace pathquant {
namespace spfq_gaussian_weights_test {

using namespace testing;

// max over theta on a grid, as the determinant of I + 2 theta X X^T to the power P/2.
double plain_search(const Vector& spectrum, int neurons, double t) {
  double best = -INFINITY;
  for (double u = -25; u < 80; u += 1e-3) {
    const double theta = std::exp(u) / spectrum.maxCoeff();
    double half_log = 0;
    for (const double one : spectrum) half_log += 0.5 * std::log(1.0 + 2.0 * theta * one);
    best = std::max(best, (neurons * half_log - t) / theta);
  }
  return best;
}

const Vector spectra[] = {Vector::Constant(1, 3.0), (Vector(4) << 0.0, 0.01, 1.0, 250.0).finished(),
                          Vector::LinSpaced(40, 0.5, 2.0)};

TEST_CASE("gaussian energy: the greatest over theta") {
  for (const Vector& spectrum : spectra)
    for (const int neurons : {1, 6})
      for (const double t : {0.1, 5.0, 25.0}) {
        CAPTURE(t);
        const double found = least_gaussian_energy(spectrum, neurons, t);
        const double plain = plain_search(spectrum, neurons, t);
        CHECK(found > 0);
        CHECK(found >= plain * (1 - 1e-9));
        CHECK(found <= plain * (1 + 1e-5));
      }
  // One eigenvalue, one neuron: chi^2_1 stays below y with probability e^{-t}; scaling X scales y.
  CHECK(least_gaussian_energy(7.0 * spectra[2], 3, 2.0) ==
        doctest::Approx(7.0 * least_gaussian_energy(spectra[2], 3, 2.0)));
}

TEST_CASE("gaussian energy: Gaussian weights fall below it no more often than promised") {
  std::mt19937_64 engine(5);
  std::normal_distribution<double> normal;
  constexpr int trials = 3000;
  for (const Vector& spectrum : spectra) {
    std::vector<double> energies(trials, 0.0);
    for (double& energy : energies)
      for (const double one : spectrum)
        for (int j = 0; j < 2; ++j) energy += one * std::pow(normal(engine), 2);
    for (const double eta : {0.5, 0.1, 0.01}) {
      const double bound = least_gaussian_energy(spectrum, 2, -std::log(eta));
      const auto below = std::count_if(energies.begin(), energies.end(), [&](double e) { return e < bound; });
      CHECK(plausible(static_cast<int>(below), trials, eta));
    }
  }
}

LayerFacts gaussian_weights() {
  LayerFacts facts = made_up();
  facts.weight_sigma = 1.5;
  facts.statistics.path->input_spectrum = Vector::LinSpaced(7, 1.0, 9.0);
  return facts;
}

TEST_CASE("spfq_gaussian_weights: the error at eta/2 over the signal at eta/2") {
  for (const double eta : {0.5, 0.01, 1e-6}) {
    const LayerFacts facts = gaussian_weights();
    // made_up: tr S = 11, tr S^2 = 29, ||S|| = 4.1; proxies .0625, .01, .2025.
    const double t = std::log(2.0) - std::log(eta);
    const double squares = 0.0625 * 0.0625 + 0.0001 + 0.2025 * 0.2025;
    const double error = 0.275 * 11 + 2 * std::sqrt(squares * 29 * t) + 2 * 0.2025 * 4.1 * t;
    const double signal = 2.25 * plain_search(facts.statistics.path->input_spectrum, 3, t);
    CHECK(value("spfq_gaussian_weights", facts, eta) == doctest::Approx(error / signal).epsilon(1e-5).scale(0));
    CHECK(value("spfq_gaussian_weights", facts, eta / 2) > value("spfq_gaussian_weights", facts, eta));
  }
}

TEST_CASE("spfq_gaussian_weights: scaling X changes nothing, scaling weights and steps neither") {
  const LayerFacts facts = gaussian_weights();
  LayerFacts scaled = facts;
  PathCovariance& path = *scaled.statistics.path;
  path.trace *= 9, path.norm *= 9, path.trace_square *= 81, path.input_spectrum *= 9;
  scaled.alphabet.steps *= 0.1;
  scaled.weight_sigma = 0.15;
  CHECK(value("spfq_gaussian_weights", scaled, 0.01) ==
        doctest::Approx(value("spfq_gaussian_weights", facts, 0.01)).epsilon(1e-9).scale(0));
}

TEST_CASE("spfq_gaussian_weights: hypotheses") {
  const char* const name = "spfq_gaussian_weights";
  check_needs_inputs_and_steps(name, gaussian_weights());
  check_refuses_clipping(name, gaussian_weights());
  CHECK(says(reason(name, mismatched(gaussian_weights())), "X == Xq"));
  LayerFacts others = gaussian_weights();
  others.weight_sigma.reset();
  CHECK(says(reason(name, others), "Gaussian"));
  LayerFacts zero = gaussian_weights();
  zero.statistics.path->input_spectrum.setZero();
  CHECK(says(reason(name, zero), "X is 0"));
}

TEST_CASE("spfq_gaussian_weights: fails no more often than eta") {
  constexpr int trials = 1500;
  std::mt19937_64 engine(41);
  std::uniform_real_distribution<double> uniform;
  const auto stochastic = [&](double z) { return std::floor(z) + (uniform(engine) < z - std::floor(z) ? 1.0 : 0.0); };
  for (const auto& [m, n] : {std::pair<Index, Index>{1, 2}, {3, 10}, {6, 3}}) {
    const Eigen::MatrixXd x = gaussian_matrix(m, n, 1.0, engine);
    LayerFacts facts;
    facts.shape = {m, n, 1};
    facts.alphabet.steps = Vector::Ones(1);
    facts.weight_sigma = 0.7;
    facts.statistics.path = path_covariance(x, ExecutionContext());
    std::vector<double> ratios;
    for (int trial = 0; trial < trials; ++trial) {
      const Eigen::VectorXd w = gaussian_matrix(n, 1, 0.7, engine);
      ratios.push_back(small_path(x, x, w, 1.0, 1e9, stochastic).error.squaredNorm() / (x * w).squaredNorm());
    }
    for (const double eta : {0.9, 0.5, 0.1, 0.01}) {
      const double bound = value("spfq_gaussian_weights", facts, eta);
      const auto above = std::count_if(ratios.begin(), ratios.end(), [&](double r) { return r > bound; });
      CHECK(plausible(static_cast<int>(above), trials, eta));
    }
  }
}

}  // namespace spfq_gaussian_weights_test
}  // namespace pathquant
