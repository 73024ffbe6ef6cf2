#include <doctest/doctest.h>

#include <cmath>

#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/bounds/small_path.hpp"

namespace pathquant {
namespace gpfq_deterministic_test {

using namespace testing;

TEST_CASE("gpfq_deterministic: each of the three bounds where it is the least; eta is not looked at") {
  LayerFacts facts = made_up();  // sum of rho^2 = 1.1/4
  facts.statistics.input_energy = 31.0;
  facts.statistics.path->norm = 4.1;        // N times it: 77.9
  facts.statistics.path->sum_norms = 13.0;  // squared: 169
  for (const double eta : {0.5, 1e-6}) CHECK(value("gpfq_deterministic", facts, eta) == doctest::Approx(0.275 * 31.0));
  facts.statistics.path->norm = 1.5;
  CHECK(value("gpfq_deterministic", facts, 0.1) == doctest::Approx(0.275 * 19 * 1.5));
  facts.statistics.path->sum_norms = 5.0;
  CHECK(value("gpfq_deterministic", facts, 0.1) == doctest::Approx(0.275 * 25.0));
  const double root = 1.5 + std::sqrt(0.275 * 25.0);
  CHECK(value("gpfq_deterministic", mismatched(facts), 0.1) == doctest::Approx(root * root));
}

TEST_CASE("gpfq_deterministic: without S the columns' norms remain") {
  LayerFacts facts = made_up();
  facts.statistics.path.reset();
  facts.statistics.input_energy = 1000.0;
  CHECK(value("gpfq_deterministic", facts, 0.1) == doctest::Approx(0.275 * 1000.0));
}

LayerFacts facts_of(const Eigen::MatrixXd& x, const Vector& steps) {
  LayerFacts facts;
  facts.shape = {x.rows(), x.cols(), steps.size()};
  facts.alphabet.steps = steps;
  facts.statistics.input_energy = x.squaredNorm();
  facts.statistics.path = path_covariance(x, ExecutionContext());
  return facts;
}

TEST_CASE("gpfq_deterministic: attained by one column, and by orthogonal ones, with weights half a step off") {
  std::mt19937_64 engine(3);
  const Eigen::MatrixXd one = gaussian_matrix(5, 1, 1.0, engine);
  const Eigen::MatrixXd basis =
      Eigen::HouseholderQR<Eigen::MatrixXd>(gaussian_matrix(6, 6, 1.0, engine)).householderQ();
  for (const Eigen::MatrixXd& x : {one, Eigen::MatrixXd(2.0 * basis.leftCols(4))}) {
    double energy = 0;
    const Vector steps = Vector::LinSpaced(3, 0.5, 2.0);
    for (const double step : steps)
      energy += small_path(x, x, Eigen::VectorXd::Constant(x.cols(), 0.499999999 * step), step, 1e9, to_nearest)
                    .error.squaredNorm();
    CHECK(energy / value("gpfq_deterministic", facts_of(x, steps), 0.1) == doctest::Approx(1.0).epsilon(1e-7).scale(0));
  }
}

TEST_CASE("gpfq_deterministic: never exceeded, whatever the columns") {
  std::mt19937_64 engine(4);
  for (const auto& [m, n] : {std::pair<Index, Index>{3, 30}, {30, 3}, {8, 8}})
    for (int kind = 0; kind < 3; ++kind) {
      Eigen::MatrixXd x = gaussian_matrix(m, n, 1.0, engine);
      if (kind == 1) x = x.cwiseMax(0.0).array() + 1e-3;
      if (kind == 2) x = x.col(0).replicate(1, n) + 0.01 * x;
      const double bound = value("gpfq_deterministic", facts_of(x, Vector::Ones(1)), 0.1);
      for (int trial = 0; trial < 50; ++trial) {
        const Eigen::VectorXd w = uniform_matrix(n, 1, 1.0, engine);
        CHECK(small_path(x, x, w, 1.0, 1e9, to_nearest).error.squaredNorm() <= bound * (1 + 1e-12));
      }
    }
}

TEST_CASE("gpfq_deterministic: thresholds and lists of levels, by rho; never exceeded by runs") {
  check_rounding("gpfq_deterministic", made_up());
  std::mt19937_64 engine(6);
  const std::vector<double> levels = {-7.0, -2.0, -1.0, 0.0, 1.0, 2.5, 7.0};  // gaps to 5
  const auto in_list = [&](double c) {
    return *std::min_element(levels.begin(), levels.end(),
                             [c](double a, double b) { return std::abs(c - a) < std::abs(c - b); });
  };
  for (const auto& [m, n] : {std::pair<Index, Index>{3, 30}, {8, 5}}) {
    const Eigen::MatrixXd x = gaussian_matrix(m, n, 1.0, engine);
    LayerFacts facts = facts_of(x, Vector::Ones(1));
    LayerFacts list = facts;
    list.alphabet.kind = AlphabetKind::list;
    list.alphabet.values = levels;
    for (int trial = 0; trial < 50; ++trial) {
      const Eigen::VectorXd w = uniform_matrix(n, 1, 1.0, engine);
      for (const double lambda : {0.2, 0.8}) {
        const auto soft = [lambda](double c) { return soft_decision(c, lambda); };
        const auto hard = [lambda](double c) { return hard_decision(c, lambda); };
        CHECK(path_error(x, w, soft).squaredNorm() <=
              value("gpfq_deterministic", thresholded(facts, Rounding::soft, lambda), 0.1));
        CHECK(path_error(x, w, hard).squaredNorm() <=
              value("gpfq_deterministic", thresholded(facts, Rounding::hard, lambda), 0.1));
      }
      bool inside = true;
      const auto listed_level = [&](double c) {
        inside = inside && std::abs(c) <= 7.0;
        return in_list(c);
      };
      const double energy = path_error(x, w, listed_level).squaredNorm();
      if (inside) CHECK(energy <= value("gpfq_deterministic", list, 0.1));
    }
  }
}

TEST_CASE("gpfq_deterministic: attained by one column under soft and hard thresholds") {
  const Eigen::MatrixXd x = Eigen::MatrixXd::Constant(3, 1, 2.0);
  for (const double lambda : {0.1, 0.7}) {
    // Soft: the largest w that goes to 0. Hard: the same, or half a step above the threshold.
    const auto soft = [lambda](double c) { return soft_decision(c, lambda); };
    const auto hard = [lambda](double c) { return hard_decision(c, lambda); };
    const Eigen::VectorXd below = Eigen::VectorXd::Constant(1, lambda + 0.5 - 1e-9);
    const Eigen::VectorXd edge = lambda < 0.5 ? below : Eigen::VectorXd::Constant(1, lambda - 1e-9);
    const LayerFacts facts = facts_of(x, Vector::Ones(1));
    CHECK(path_error(x, below, soft).squaredNorm() ==
          doctest::Approx(value("gpfq_deterministic", thresholded(facts, Rounding::soft, lambda), 0.1))
              .epsilon(1e-7)
              .scale(0));
    CHECK(path_error(x, edge, hard).squaredNorm() ==
          doctest::Approx(value("gpfq_deterministic", thresholded(facts, Rounding::hard, lambda), 0.1))
              .epsilon(1e-7)
              .scale(0));
  }
}

TEST_CASE("gpfq_deterministic: hypotheses") {
  check_needs_inputs_and_steps("gpfq_deterministic", made_up());
  check_refuses_clipping("gpfq_deterministic", made_up());
}

}  // namespace gpfq_deterministic_test
}  // namespace pathquant
