// Tests of bound T2.1: its minimum by a search over the statement's own variables, the paper's form, and the violation
// rate of both.
#include <doctest/doctest.h>

#include <cmath>

#include "core/bounds/shared/exponential_moment.hpp"
#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/bounds/small_path.hpp"

namespace pathquant {
namespace gpfq_exponential_test {

using namespace testing;

// min over 0 < x < -log(1 - s^2) of (1/lambda) log(s^2 e^x/((1 - e^x (1 - s^2)) eta)), on a grid.
double plain_search(int m, double eta, bool gaussian) {
  const double s2 = 1.0 / m, end = -std::log(1.0 - s2);
  double best = INFINITY;
  for (int i = 1; i < 20000; ++i) {
    const double x = end * i / 20000.0, grown = std::exp(x);
    // Gaussian: e^x = (1 - 2 lambda)^{-m/2}.
    const double lambda = gaussian ? (1.0 - std::exp(-2.0 * x / m)) / 2.0 : x;
    best = std::min(best, std::log(s2 * grown / ((1.0 - grown * (1.0 - s2)) * eta)) / lambda);
  }
  return best;
}

TEST_CASE("exponential moment: the least over the rate") {
  for (const int m : {2, 5, 50, 1000})
    for (const double eta : {0.5, 0.01, 1e-6})
      for (const bool gaussian : {true, false}) {
        CAPTURE(m);
        CAPTURE(eta);
        const double found = gaussian ? gaussian_exponential_bound(m, eta) : bounded_exponential_bound(m, eta);
        const double plain = plain_search(m, eta, gaussian);
        CHECK(found <= plain * (1 + 1e-9));
        CHECK(found >= plain * (1 - 1e-5));
      }
}

TEST_CASE("exponential moment: never above the closed forms; one sample") {
  for (const int m : {2, 20, 300})
    for (const double eta : {0.5, 0.01, 1e-6}) {
      const double s2 = 1.0 / m, start = 1.0 + 1.0 / std::sqrt(1.0 - s2);
      CHECK(bounded_exponential_bound(m, eta) <= 2.0 * std::log(start / eta) / -std::log(1.0 - s2));
      CHECK(gaussian_exponential_bound(m, eta) <= 2.0 * std::log(start / eta) / (1.0 - std::pow(1.0 - s2, s2)));
    }
  CHECK(bounded_exponential_bound(1, 0.01) == 1.0);
  // u is the last column alone: Chernoff's bound on a squared standard normal, min over lambda < 1/2.
  double chernoff = INFINITY;
  for (double lambda = 1e-4; lambda < 0.5; lambda += 1e-4)
    chernoff = std::min(chernoff, -(0.5 * std::log(1.0 - 2.0 * lambda) + std::log(0.01)) / lambda);
  CHECK(gaussian_exponential_bound(1, 0.01) == doctest::Approx(chernoff).epsilon(1e-6).scale(0));
}

TEST_CASE("gpfq_exponential: squared rho and size of the columns; N does not enter") {
  for (const auto& [m, n] : {std::pair<Index, Index>{7, 19}, {19, 7}})
    for (const double eta : {0.3, 1e-4}) {
      LayerFacts gaussian = made_up_gaussian(1.5), ball = made_up_ball(2.5), symmetric = made_up_symmetric();
      gaussian.shape = ball.shape = symmetric.shape = {m, n, 3};
      const int samples = static_cast<int>(m);
      CHECK(value("gpfq_exponential", gaussian, eta) ==
            doctest::Approx(0.275 * 2.25 * plain_search(samples, eta, true)).epsilon(1e-5).scale(0));
      const double bounded = plain_search(samples, eta, false);
      CHECK(value("gpfq_exponential", ball, eta) == doctest::Approx(0.275 * 6.25 * bounded).epsilon(1e-5).scale(0));
      CHECK(value("gpfq_exponential", symmetric, eta) ==
            doctest::Approx(0.275 * 2.25 * static_cast<double>(m) * bounded).epsilon(1e-5).scale(0));
      symmetric.columns.norm_bound = 0.5;  // the least of the bounds that are known
      CHECK(value("gpfq_exponential", symmetric, eta) ==
            doctest::Approx(0.275 * 0.25 * bounded).epsilon(1e-5).scale(0));
    }
}

TEST_CASE("gpfq_paper: its value gives back N, and its own failure decides") {
  for (const auto& [m, n] : {std::pair<Index, Index>{7, 190}, {190, 70}}) {
    LayerFacts ball = made_up_ball(2.5), symmetric = made_up_symmetric();
    ball.shape = symmetric.shape = {m, n, 3};
    const double dm = static_cast<double>(m), dn = static_cast<double>(n);
    // sum_j delta_j^2 = 1.1; s^2 = 1/m
    CHECK(std::exp(value("gpfq_paper", ball, 0.01) / (1.1 * 6.25 * dm)) == doctest::Approx(dn));
    CHECK(std::exp(value("gpfq_paper", symmetric, 0.01) / (1.1 * 2.25 * dm * dm)) == doctest::Approx(dn));
    CHECK(value("gpfq_paper", ball, 0.01) == value("gpfq_paper", ball, 0.4));
    const double failure = (1.0 + std::sqrt(dm / (dm - 1.0))) / (dn * dn);
    CHECK(std::holds_alternative<double>(line("gpfq_paper").evaluate(ball, failure * 1.0001)));
    CHECK(std::holds_alternative<NotApplicable>(line("gpfq_paper").evaluate(ball, failure * 0.9999)));
  }
  LayerFacts narrow = made_up_ball(1.0);
  narrow.shape.width = 10;
  CHECK(says(reason("gpfq_paper", narrow), "failure probability"));
}

TEST_CASE("gpfq_paper, gpfq_exponential: one sample keeps the last column only, always") {
  LayerFacts facts = made_up_ball(2.5);
  facts.shape.samples = 1;
  for (const char* name : {"gpfq_paper", "gpfq_exponential"})
    for (const double eta : {0.5, 1e-9}) CHECK(value(name, facts, eta) == doctest::Approx(0.275 * 6.25));
}

TEST_CASE("gpfq_paper, gpfq_exponential: hypotheses, rounding and mismatch") {
  for (const std::string name : {"gpfq_paper", "gpfq_exponential"}) {
    CAPTURE(name);
    LayerFacts facts = made_up_symmetric();
    facts.shape.width = 400;
    check_needs_inputs_and_steps(name, facts);
    check_refuses_clipping(name, facts);
    check_needs_law(name, facts);
    check_rounding(name, facts);
    LayerFacts unbounded = facts;
    unbounded.columns.entry_bound.reset();
    CHECK(says(reason(name, unbounded), "bounded"));
    LayerFacts lopsided = facts;
    lopsided.columns.symmetric = false;
    CHECK(says(reason(name, lopsided), "symmetric"));
    CHECK(says(reason(name, mismatched(facts)), "pairs"));
    LayerFacts drifted = mismatched(facts);
    drifted.pairs_independent = true;
    const double root = std::sqrt(value(name, facts, 0.01)) + 1.5;
    CHECK(value(name, drifted, 0.01) == doctest::Approx(root * root));
  }
  CHECK(says(reason("gpfq_paper", made_up_gaussian(1.0)), "bounded"));
  CHECK(reason("gpfq_exponential", made_up_gaussian(1.0)).empty());
}

Eigen::VectorXd ball_column(Index m, std::mt19937_64& engine) {
  std::uniform_real_distribution<double> uniform;
  return gaussian_matrix(m, 1, 1.0, engine).normalized() * std::pow(uniform(engine), 1.0 / static_cast<double>(m));
}

TEST_CASE("gpfq_paper, gpfq_exponential: weights that always round by half a step exceed them no more often than eta") {
  constexpr int trials = 2000;
  for (const bool gaussian : {true, false})
    for (const auto& [m, n] : {std::pair<Index, Index>{1, 3}, {2, 25}, {5, 40}}) {
      LayerFacts facts = gaussian ? made_up_gaussian(1.0) : made_up_ball(1.0);
      facts.shape = {m, n, 1};
      facts.alphabet.steps = Vector::Ones(1);
      std::mt19937_64 engine(9);
      std::vector<double> energies;
      for (int trial = 0; trial < trials; ++trial) {
        Eigen::VectorXd error = Eigen::VectorXd::Zero(m);
        for (Index t = 0; t < n; ++t) {
          const Eigen::VectorXd x =
              gaussian ? Eigen::VectorXd(gaussian_matrix(m, 1, 1.0, engine)) : ball_column(m, engine);
          error -= (x.dot(error) / x.squaredNorm() + 0.5) * x;
        }
        energies.push_back(error.squaredNorm());
      }
      const auto violations = [&](double bound) {
        return static_cast<int>(std::count_if(energies.begin(), energies.end(), [&](double e) { return e > bound; }));
      };
      for (const double eta : {0.9, 0.5, 0.1, 0.01})
        CHECK(plausible(violations(value("gpfq_exponential", facts, eta)), trials, eta));
      if (!gaussian && n > 3) CHECK(plausible(violations(value("gpfq_paper", facts, 0.1)), trials, 0.1));
    }
}

TEST_CASE("gpfq_paper: some tens of times what nearest rounding leaves") {
  // Order of magnitude only: 29 (m = 5) to 53 (m = 64) times the largest of 10^4 neurons; here of 300.
  for (const Index m : {5, 20}) {
    std::mt19937_64 engine(12);
    LayerFacts facts = made_up_ball(1.0);
    facts.shape = {m, 400, 1};
    facts.alphabet.steps = Vector::Ones(1);
    double largest = 0;
    for (int trial = 0; trial < 300; ++trial) {
      Eigen::MatrixXd x(m, 400);
      for (Index t = 0; t < 400; ++t) x.col(t) = ball_column(m, engine);
      const Eigen::VectorXd w = uniform_matrix(400, 1, 1.0, engine);
      largest = std::max(largest, path_error(x, w, to_nearest).squaredNorm());
    }
    const double ratio = value("gpfq_paper", facts, 0.01) / largest;
    CHECK(ratio > 15);
    CHECK(ratio < 100);
  }
}

}  // namespace gpfq_exponential_test
}  // namespace pathquant
