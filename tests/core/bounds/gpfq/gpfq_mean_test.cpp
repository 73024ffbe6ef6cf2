#include <doctest/doctest.h>

#include <cmath>

#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/bounds/small_path.hpp"

namespace pathquant {
namespace gpfq_mean_test {

using namespace testing;

TEST_CASE("gpfq_mean: the recursion of the mean, step by step") {
  for (const auto& [m, n] : {std::pair<int, int>{7, 19}, {19, 7}, {1, 4}, {2, 1}}) {
    LayerFacts gaussian = made_up_gaussian(1.5), ball = made_up_ball(2.5);
    gaussian.shape = ball.shape = {m, n, 3};
    const double squared_rho = 0.25 * 0.25 + 0.1 * 0.1 + 0.45 * 0.45;
    double in_gaussian = 0, in_ball = 0;
    for (int t = 0; t < n; ++t) {
      in_gaussian = (1.0 - 1.0 / m) * in_gaussian + squared_rho * 2.25 * m;
      in_ball = (1.0 - 1.0 / m) * in_ball + squared_rho * 6.25 * m / (m + 2.0);
    }
    CHECK(value("gpfq_mean", gaussian, 0.1) == doctest::Approx(in_gaussian).epsilon(1e-12).scale(0));
    CHECK(value("gpfq_mean", ball, 0.1) == doctest::Approx(in_ball).epsilon(1e-12).scale(0));
  }
}

TEST_CASE("gpfq_mean: columns of symmetric entries, by their second moment") {
  for (const auto& [m, n] : {std::pair<int, int>{7, 19}, {19, 7}, {1, 4}}) {
    LayerFacts facts = made_up_symmetric();
    facts.shape = {m, n, 3};
    double energy = 0;
    for (int t = 0; t < n; ++t) energy = (1.0 - 1.0 / m) * energy + 0.275 * 0.8 * m;
    CHECK(value("gpfq_mean", facts, 0.1) == doctest::Approx(energy).epsilon(1e-12).scale(0));
  }
}

TEST_CASE("gpfq_mean: thresholds and lists of levels, by rho") {
  check_rounding("gpfq_mean", made_up_gaussian(1.5));
  check_rounding("gpfq_mean", made_up_symmetric());
}

TEST_CASE("gpfq_mean: hypotheses") {
  LayerFacts lopsided = made_up_symmetric();
  lopsided.columns.symmetric = false;
  CHECK(says(reason("gpfq_mean", lopsided), "symmetric"));
  LayerFacts unknown = made_up_symmetric();
  unknown.columns.entry_second_moment.reset();
  CHECK(says(reason("gpfq_mean", unknown), "mean squared norm"));
  check_needs_inputs_and_steps("gpfq_mean", made_up_gaussian(1.0));
  check_refuses_clipping("gpfq_mean", made_up_gaussian(1.0));
  check_needs_law("gpfq_mean", made_up_ball(1.0));
  CHECK(says(reason("gpfq_mean", mismatched(made_up_gaussian(1.0))), "X == Xq"));
}

enum class Law { gaussian, ball, cube };

Eigen::VectorXd column(Law law, Index m, std::mt19937_64& engine) {
  if (law == Law::cube) return uniform_matrix(m, 1, 1.0, engine);
  Eigen::VectorXd x = gaussian_matrix(m, 1, 1.0, engine);
  if (law == Law::ball) {
    std::uniform_real_distribution<double> uniform;
    x *= std::pow(uniform(engine), 1.0 / static_cast<double>(m)) / x.norm();
  }
  return x;
}

TEST_CASE("gpfq_mean: attained by weights that always round by half a step") {
  constexpr int trials = 4000;
  for (const Law law : {Law::gaussian, Law::ball, Law::cube})
    for (const auto& [m, n] : {std::pair<Index, Index>{3, 8}, {6, 4}}) {
      std::mt19937_64 engine(5);
      double sum = 0, squares = 0;
      for (int trial = 0; trial < trials; ++trial) {
        Eigen::VectorXd error = Eigen::VectorXd::Zero(m);
        for (Index t = 0; t < n; ++t) {
          const Eigen::VectorXd x = column(law, m, engine);
          // w_t = 1/2 - <x,u>/||x||^2 makes the argument 1/2, which is rounded to 1: what is left is u - (<x,u>/||x||^2
          // + 1/2) x.
          error -= (x.dot(error) / x.squaredNorm() + 0.5) * x;
        }
        sum += error.squaredNorm();
        squares += error.squaredNorm() * error.squaredNorm();
      }
      LayerFacts facts = law == Law::gaussian ? made_up_gaussian(1.0) : made_up_ball(1.0);
      if (law == Law::cube) {
        facts = made_up_symmetric();
        facts.columns.entry_second_moment = 1.0 / 3.0;
      }
      facts.shape = {m, n, 1};
      facts.alphabet.steps = Vector::Ones(1);
      const double mean = sum / trials, error = std::sqrt((squares / trials - mean * mean) / trials);
      CHECK(std::abs(mean - value("gpfq_mean", facts, 0.1)) <= 4.0 * error);
      CHECK(error <= 0.03 * mean);
    }
}

}  // namespace gpfq_mean_test
}  // namespace pathquant
