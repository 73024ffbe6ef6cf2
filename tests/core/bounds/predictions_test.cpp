// Tests of the white-noise predictions: closed forms by hand, and measured means.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/bounds/small_path.hpp"

namespace pathquant {
namespace predictions_test {

using namespace testing;

// sum_{k<N} (1 - 1/m)^k, the geometric sum one by one.
double kept(int samples, int width) {
  double sum = 0, power = 1;
  for (int k = 0; k < width; ++k, power *= 1.0 - 1.0 / samples) sum += power;
  return sum;
}

TEST_CASE("predictions: from the columns of the run") {
  const LayerFacts facts = made_up();  // sum of squared steps 1.1
  CHECK(value("msq_prediction", facts, 0.1) == doctest::Approx(1.1 * 31.0 / 12.0));
  CHECK(value("gpfq_prediction", facts, 0.1) == doctest::Approx(1.1 * 11.0 / 12.0));
  CHECK(value("spfq_prediction", facts, 0.1) == doctest::Approx(1.1 * 11.0 / 6.0));
  const LayerFacts drifted = mismatched(facts);
  CHECK(value("msq_prediction", drifted, 0.1) == doctest::Approx(5.0 + 1.1 * 31.0 / 12.0));
  CHECK(value("gpfq_prediction", drifted, 0.1) == doctest::Approx(2.25 + 1.1 * 11.0 / 12.0));
  CHECK(value("spfq_prediction", drifted, 0.1) == doctest::Approx(2.25 + 1.1 * 11.0 / 6.0));
}

TEST_CASE("predictions: from a law") {
  for (const auto& [m, n] : {std::pair<int, int>{7, 19}, {60, 18}, {4, 500}}) {
    LayerFacts gaussian = made_up_gaussian(1.5);
    LayerFacts ball = made_up_ball(2.5);
    gaussian.shape = ball.shape = {m, n, 3};
    // E||X_1||^2: m variances; the mean of r^2 u^{2/m} over uniform u.
    const double in_gaussian = m * 2.25 * kept(m, n), in_ball = 6.25 / (1.0 + 2.0 / m) * kept(m, n);
    CHECK(value("gpfq_law_prediction", gaussian, 0.1) ==
          doctest::Approx(1.1 / 12.0 * in_gaussian).epsilon(1e-12).scale(0));
    CHECK(value("gpfq_law_prediction", ball, 0.1) == doctest::Approx(1.1 / 12.0 * in_ball).epsilon(1e-12).scale(0));
    CHECK(value("spfq_law_prediction", gaussian, 0.1) ==
          doctest::Approx(1.1 / 6.0 * in_gaussian).epsilon(1e-12).scale(0));
    CHECK(value("spfq_law_prediction", ball, 0.1) == doctest::Approx(1.1 / 6.0 * in_ball).epsilon(1e-12).scale(0));
  }
}

TEST_CASE("predictions: from the law of symmetric entries") {
  for (const auto& [m, n] : {std::pair<int, int>{7, 19}, {60, 18}}) {
    LayerFacts facts = made_up_symmetric();
    facts.shape = {m, n, 3};
    CHECK(value("gpfq_law_prediction", facts, 0.1) ==
          doctest::Approx(1.1 / 12.0 * 0.8 * m * kept(m, n)).epsilon(1e-12).scale(0));
    CHECK(value("spfq_law_prediction", facts, 0.1) ==
          doctest::Approx(1.1 / 6.0 * 0.8 * m * kept(m, n)).epsilon(1e-12).scale(0));
  }
}

TEST_CASE("predictions: sizes that they are meant for") {
  const auto refuses = [](const char* name, LayerFacts facts, LayerShape shape) {
    facts.shape = shape;
    facts.alphabet.steps = Vector::Constant(shape.neurons, 0.5);
    return reason(name, facts);
  };
  for (const char* name : {"msq_prediction", "gpfq_prediction", "spfq_prediction"}) {
    CHECK(refuses(name, made_up(), {7, 19, 3}).empty());
    CHECK(says(refuses(name, made_up(), {7, 17, 3}), "51 weights"));
  }
  for (const char* name : {"gpfq_prediction", "spfq_prediction", "gpfq_law_prediction", "spfq_law_prediction"}) {
    CHECK(refuses(name, made_up_gaussian(1.0), {4, 6, 9}).empty());
    CHECK(says(refuses(name, made_up_gaussian(1.0), {4, 5, 90}), "N = 5"));
    CHECK(says(refuses(name, made_up_gaussian(1.0), {3, 60, 9}), "m = 3"));
  }
  CHECK(refuses("msq_prediction", made_up(), {1, 1, 52}).empty());
}

TEST_CASE("predictions: hypotheses") {
  for (const char* name : {"gpfq_prediction", "gpfq_law_prediction"})
    check_refuses_thresholds_and_lists(name, made_up_gaussian(1.0));
  for (const char* name : {"msq_prediction", "spfq_prediction", "spfq_law_prediction"})
    CHECK(says(reason(name, listed(made_up_gaussian(1.0))), "list of levels"));
  for (const char* name : {"msq_prediction", "gpfq_prediction", "spfq_prediction"}) {
    check_needs_inputs_and_steps(name, made_up());
    check_refuses_clipping(name, made_up());
  }
  for (const char* name : {"gpfq_law_prediction", "spfq_law_prediction"}) {
    check_needs_inputs_and_steps(name, made_up_gaussian(1.0));
    check_refuses_clipping(name, made_up_gaussian(1.0));
    check_needs_law(name, made_up_ball(1.0));
    CHECK(says(reason(name, mismatched(made_up_gaussian(1.0))), "X == Xq"));
  }
}

// One neuron with step 1 and weights spread over two steps, for one drawn (X, Xq) and many neurons: measured mean over
// predicted.
struct Measured {
  double msq = 0, gpfq = 0, spfq = 0;
};

Measured measured_over_predicted(bool mismatch) {
  constexpr Index m = 8, n = 80, neurons = 1500;
  std::mt19937_64 engine(11);
  const Eigen::MatrixXd xq = gaussian_matrix(m, n, 1.0, engine);
  const Eigen::MatrixXd x = mismatch ? Eigen::MatrixXd(xq + gaussian_matrix(m, n, 0.2, engine)) : xq;
  const Eigen::MatrixXd w = uniform_matrix(n, neurons, 1.0, engine);
  std::uniform_real_distribution<double> uniform;
  const auto exact = [](double z) { return z; };
  const auto stochastic = [&](double z) { return std::floor(z) + (uniform(engine) < z - std::floor(z) ? 1.0 : 0.0); };
  LayerFacts facts;
  facts.shape = {m, n, neurons};
  facts.alphabet.steps = Vector::Ones(neurons);
  facts.mismatch = mismatch;
  facts.statistics.input_energy = xq.squaredNorm();
  facts.statistics.drift_energy = ((x - xq) * w).squaredNorm();
  facts.statistics.path = path_covariance(xq, ExecutionContext());
  Measured sum;
  for (Index j = 0; j < neurons; ++j) {
    const double infinite = 1e9;
    facts.statistics.alignment_energy += small_path(x, xq, w.col(j), 1.0, infinite, exact).error.squaredNorm();
    sum.gpfq += small_path(x, xq, w.col(j), 1.0, infinite, to_nearest).error.squaredNorm();
    sum.spfq += small_path(x, xq, w.col(j), 1.0, infinite, stochastic).error.squaredNorm();
    sum.msq += (x * w.col(j) - xq * w.col(j).unaryExpr(&to_nearest)).squaredNorm();
  }
  sum.gpfq /= value("gpfq_prediction", facts, 0.1);
  sum.spfq /= value("spfq_prediction", facts, 0.1);
  sum.msq /= value("msq_prediction", facts, 0.1);
  return sum;
}

TEST_CASE("predictions: the measured mean is within a few per cent") {
  // Relative standard error over 1500 neurons, ||u||^2 about chi^2 with 8 degrees of freedom: sqrt(2/8/1500) = 1.3 per
  // cent; 4 of them.
  for (const bool mismatch : {false, true}) {
    CAPTURE(mismatch);
    const Measured ratio = measured_over_predicted(mismatch);
    CHECK(ratio.gpfq == doctest::Approx(1.0).epsilon(0.052).scale(0));
    CHECK(ratio.spfq == doctest::Approx(1.0).epsilon(0.052).scale(0));
    // With W in the drift the cross term of drift and rounding adds its own noise.
    CHECK(ratio.msq == doctest::Approx(1.0).epsilon(0.052).scale(0));
  }
}

TEST_CASE("predictions: need weights, or arguments, that spread evenly over the steps") {
  // Weights uniform on [-.9, .9] with step 1 have a mean squared distance to a level of (1/8 + 31/250)/2.7, 1.107 of
  // 1/12.
  const double uneven = 12 * (0.125 + 0.124) / 2.7;
  LayerFacts facts = made_up();
  facts.shape = {7, 1000, 3};
  facts.quantizer = {.uses_inputs = false};
  facts.statistics.rounding_evenness = uneven;
  CHECK(says(reason("msq_prediction", facts), "evenly"));
  facts.statistics.rounding_evenness = 1.01;
  CHECK(reason("msq_prediction", facts).empty());

  for (const std::string name : {"gpfq_prediction", "gpfq_law_prediction", "spfq_prediction", "spfq_law_prediction"}) {
    const bool stochastic = name.starts_with("spfq");
    LayerFacts path = made_up_gaussian(1.0);
    path.quantizer.rounding = stochastic ? Rounding::stochastic : Rounding::nearest;
    (stochastic ? path.statistics.rounding_evenness : path.statistics.stochastic_evenness) = 3;  // not its business
    double& evenness = stochastic ? path.statistics.stochastic_evenness : path.statistics.rounding_evenness;
    path.alphabet.steps = Vector::Ones(50);
    evenness = uneven;
    path.shape = {100, 399, 50};
    CHECK(says(reason(name, path), "evenly"));
    path.shape = {100, 400, 50};
    CHECK(reason(name, path).empty());
    evenness = 0.7;
    CHECK(says(reason(name, path), "evenly"));
  }
}

TEST_CASE("predictions: nearest rounding must err to both sides, or the inputs must cancel it") {
  // Weights uniform on [0, 1/2] with step 1 are all rounded down, by 1/4 in the mean; 12 d^2 is 1 in the mean, as if
  // even. On inputs that are all 1 the errors add up to N^2/16 per sample, against the predicted N/12.
  for (const std::string name : {"msq_prediction", "gpfq_prediction", "spfq_prediction"}) {
    LayerFacts facts = made_up();
    facts.shape = {7, 1000, 3};
    facts.quantizer = {.uses_inputs = name != "msq_prediction",
                       .path_following = name != "msq_prediction",
                       .rounding = name == "spfq_prediction" ? Rounding::stochastic : Rounding::nearest};
    facts.statistics.rounding_bias = 0.25;
    facts.statistics.input_energy = 7.0 * 1000;
    facts.statistics.total_input_energy = 7.0 * 1000 * 1000;
    CHECK(says(reason(name, facts), "biased") == (name != "spfq_prediction"));
    // Gaussian inputs of the same energy: ||sum_t X_t||^2 is about sum_t ||X_t||^2, so nothing adds up.
    facts.statistics.total_input_energy = 7.0 * 1000;
    CHECK(reason(name, facts).empty());
    // In between: 12 b^2 (4 - 1) is .09 for b = .05 and .02 for b = .025, beside noise of .012.
    facts.statistics.total_input_energy = 4 * 7.0 * 1000;
    facts.statistics.rounding_bias = 0.05;
    CHECK(says(reason(name, facts), "biased") == (name != "spfq_prediction"));
    facts.statistics.rounding_bias = 0.025;
    CHECK(reason(name, facts).empty());
  }
}

TEST_CASE("predictions: a hypothesis about the law of the weights is marked as judged by a sample") {
  LayerFacts facts = made_up();
  facts.quantizer = {.uses_inputs = false};
  facts.shape = {7, 1000, 3};
  facts.statistics.rounding_evenness = 2;
  CHECK(std::get<NotApplicable>(line("msq_prediction").evaluate(facts, 0.01)).sampled);
  facts.clipped = 1;
  CHECK_FALSE(std::get<NotApplicable>(line("msq_prediction").evaluate(facts, 0.01)).sampled);
}

}  // namespace predictions_test
}  // namespace pathquant
