#include "core/metrics/metrics.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/core/layer_calibrations.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace metrics_test {
const ExecutionContext never;

TEST_CASE("Every metric of a layer worked out by hand") {
  // X = [1 0; 0 2], W = [3 1; 4 1], Q = [3 0; 3 1]: XW = [3 1; 8 2], U = X(W - Q) = [0 1; 2 0].
  const Matrix<double> inputs = (Matrix<double>(2, 2) << 1, 0, 0, 2).finished();
  const RowMatrix<double> weights = (RowMatrix<double>(2, 2) << 3, 1, 4, 1).finished();
  const RowMatrix<double> quantized = (RowMatrix<double>(2, 2) << 3, 0, 3, 1).finished();
  const LayerMetrics metrics = measure(LayerProblem<double>(inputs, std::nullopt, weights), quantized, never);
  CHECK(metrics.signal_energy == 78);
  CHECK(metrics.error_energy == 5);
  CHECK(metrics.relative_squared_error() == doctest::Approx(5.0 / 78));
  CHECK(metrics.relative_error() == doctest::Approx(std::sqrt(5.0 / 78)));
  CHECK(metrics.max_neuron_squared_error == 4);
  CHECK(metrics.max_abs_error == 2);
  CHECK(metrics.median_neuron_error == doctest::Approx(0.5 * (2 / std::sqrt(73.0) + 1 / std::sqrt(5.0))));
  CHECK(metrics.sparsity == 0.25);
  CHECK(metrics.weight_relative_squared_error == doctest::Approx(2.0 / 27));
}

TEST_CASE_TEMPLATE("The metrics are the norms of XW and XW - XqQ", S, float, double) {
  const LayerProblem<S> problem = zoo::cast<S>(zoo::mismatched_layer("metrics", {9, 33, 7}, 0.2));
  const RowMatrix<S> quantized = (problem.weights() * S(2)).array().round() / S(2);
  const LayerMetrics metrics = measure(problem, quantized, never);
  const Matrix<double> signal = problem.inputs().template cast<double>() * problem.weights().template cast<double>();
  const Matrix<double> error =
      signal - problem.quantized_inputs().template cast<double>() * quantized.template cast<double>();
  CHECK(metrics.signal_energy == doctest::Approx(signal.squaredNorm()).epsilon(1e-13).scale(0));
  CHECK(metrics.error_energy == doctest::Approx(error.squaredNorm()).epsilon(1e-12).scale(0));
  CHECK(metrics.max_neuron_squared_error ==
        doctest::Approx(error.colwise().squaredNorm().maxCoeff()).epsilon(1e-12).scale(0));
  CHECK(metrics.max_abs_error.value() == doctest::Approx(error.cwiseAbs().maxCoeff()).epsilon(1e-12).scale(0));
}

// Path following takes its Gram form there, and U is formed only where it is asked for.
TEST_CASE_TEMPLATE("Errors from inner products are those of the state", S, float, double) {
  for (const LayerShape shape : {LayerShape{300, 100, 130}, LayerShape{64, 40, 30}, LayerShape{70, 5, 40}}) {
    const LayerProblem<S> problem = zoo::cast<S>(zoo::gaussian_layer("metrics", shape));
    const RowMatrix<S> quantized = (problem.weights() * S(2)).array().round() / S(2);
    const Vector direction = Vector::LinSpaced(shape.samples, -1, 2).normalized();
    const LayerMetrics metrics = measure(problem, quantized, never, {.direction = direction});
    const LayerMetrics formed = measure(problem, quantized, never, {.direction = direction, .entries = true});
    CHECK(!metrics.max_abs_error);
    const Matrix<double> x = problem.inputs().template cast<double>();
    const Matrix<double> error = x * (problem.weights().template cast<double>() - quantized.template cast<double>());
    CHECK(formed.max_abs_error.value() == doctest::Approx(error.cwiseAbs().maxCoeff()).epsilon(1e-12).scale(0));
    const auto close = [](double a, double b) { return a == doctest::Approx(b).epsilon(1e-13).scale(0); };
    CHECK(close(metrics.error_energy, error.squaredNorm()));
    CHECK(close(metrics.signal_energy, (x * problem.weights().template cast<double>()).squaredNorm()));
    CHECK(close(metrics.error_energy, formed.error_energy));
    CHECK(close(metrics.max_neuron_squared_error, formed.max_neuron_squared_error));
    CHECK(close(metrics.median_neuron_error, formed.median_neuron_error));
    CHECK(close(metrics.direction_error.value(), formed.direction_error.value()));
    CHECK((metrics.bias - formed.bias).norm() <= 1e-13 * formed.bias.norm());
    // Nothing is lost where nothing changes.
    CHECK(measure(problem, problem.weights(), never).error_energy == 0);
  }
  // With X != Xq it is formed.
  const RowMatrix<S> zeros = RowMatrix<S>::Zero(100, 130);
  CHECK(measure(zoo::cast<S>(zoo::mismatched_layer("metrics", {300, 100, 130}, 0.2)), zeros, never).max_abs_error);
}

TEST_CASE_TEMPLATE("Errors from the Gram side are those of held inputs", S, float, double) {
  for (const LayerShape shape : {LayerShape{400, 90, 30}, LayerShape{120, 40, 1}, LayerShape{30, 70, 9}})
    for (const bool mismatch : {false, true}) {
      const LayerProblem<S> held =
          zoo::cast<S>(mismatch ? zoo::mismatched_layer("gram", shape, 0.05) : zoo::gaussian_layer("gram", shape));
      const RowMatrix<S> quantized = (held.weights() * S(8)).array().round() / S(8);
      const LayerMetrics expected = measure(held, quantized, never);
      for (const LayerProblem<S>& problem : {testing::on_gram_side(held), testing::on_blocks(held, 50)}) {
        const LayerMetrics metrics = measure(problem, quantized, never);
        const auto close = [](double a, double b) { return a == doctest::Approx(b).epsilon(1e-9).scale(0); };
        CHECK(close(metrics.signal_energy, expected.signal_energy));
        CHECK(close(metrics.error_energy, expected.error_energy));
        CHECK(close(metrics.median_neuron_error, expected.median_neuron_error));
        CHECK(close(metrics.max_neuron_squared_error, expected.max_neuron_squared_error));
        CHECK(close(metrics.bias_energy, expected.bias_energy));
        CHECK((metrics.bias - expected.bias).norm() <= 1e-9 * expected.bias.norm());
        CHECK(metrics.sparsity == expected.sparsity);
        CHECK(!metrics.max_abs_error);
        CHECK(!metrics.direction_error);
      }
    }
}

TEST_CASE_TEMPLATE("The error along a direction, and on other rows", S, float, double) {
  const LayerProblem<S> problem = zoo::cast<S>(zoo::mismatched_layer("metrics", {9, 33, 7}, 0.2));
  const RowMatrix<S> quantized = (problem.weights() * S(2)).array().round() / S(2);
  const Matrix<double> error = problem.inputs().template cast<double>() * problem.weights().template cast<double>() -
                               problem.quantized_inputs().template cast<double>() * quantized.template cast<double>();
  const Vector direction = Vector::LinSpaced(9, -1, 2).normalized();
  CHECK(measure(problem, quantized, never, {.direction = direction}).direction_error.value() ==
        doctest::Approx((direction.transpose() * error).cwiseAbs().maxCoeff()).epsilon(1e-12).scale(0));
  CHECK(measure(problem, quantized, never).direction_error == 0);
  // The calibration rows themselves give the calibration errors.
  const LayerMetrics metrics = measure(problem, quantized, never);
  const FreshMetrics both =
      measure_fresh<S>(problem.inputs(), problem.quantized_inputs(), problem.weights(), quantized, metrics.bias, never);
  CHECK(both.signal_energy == metrics.signal_energy);
  CHECK(both.error_energy == metrics.error_energy);
  const Matrix<S> rows = zoo::gaussian_inputs("other rows", 4, 33).template cast<S>();
  const FreshMetrics fresh = measure_fresh<S>(rows, std::nullopt, problem.weights(), quantized, metrics.bias, never);
  const Matrix<double> z = rows.template cast<double>();
  CHECK(fresh.signal_energy == doctest::Approx((z * problem.weights().template cast<double>()).squaredNorm()));
  CHECK(fresh.error_energy ==
        doctest::Approx((z * (problem.weights() - quantized).template cast<double>()).squaredNorm())
            .epsilon(1e-6)
            .scale(0));
}

TEST_CASE_TEMPLATE("The bias is the best one for Q: the mean error, and its energy is what it takes away", S, float,
                   double) {
  const LayerProblem<S> problem = zoo::cast<S>(zoo::mismatched_layer("metrics", {9, 33, 7}, 0.2));
  const RowMatrix<S> quantized = (problem.weights() * S(2)).array().round() / S(2);
  const Matrix<double> error = problem.inputs().template cast<double>() * problem.weights().template cast<double>() -
                               problem.quantized_inputs().template cast<double>() * quantized.template cast<double>();
  const LayerMetrics metrics = measure(problem, quantized, never);
  CHECK((metrics.bias - error.colwise().mean().transpose()).norm() < 1e-12);
  CHECK(metrics.error_energy - metrics.bias_energy ==
        doctest::Approx((error.rowwise() - metrics.bias.transpose()).squaredNorm()).epsilon(1e-12).scale(0));
  const Matrix<S> rows = zoo::gaussian_inputs("other rows", 4, 33).template cast<S>();
  const FreshMetrics fresh = measure_fresh<S>(rows, std::nullopt, problem.weights(), quantized, metrics.bias, never);
  const Matrix<double> other = rows.template cast<double>() *
                               (problem.weights().template cast<double>() - quantized.template cast<double>()).eval();
  CHECK(fresh.corrected_energy ==
        doctest::Approx((other.rowwise() - metrics.bias.transpose()).squaredNorm()).epsilon(1e-12).scale(0));
  // On rows that are all alike it leaves nothing.
  const Matrix<S> alike = Matrix<S>::Ones(5, 33);
  const LayerProblem<S> constant(alike, std::nullopt, problem.weights());
  const LayerMetrics of_constant = measure(constant, quantized, never);
  CHECK(of_constant.error_energy > 1);
  CHECK(of_constant.error_energy - of_constant.bias_energy < 1e-12 * of_constant.error_energy);
}

TEST_CASE("A neuron without a signal has no relative error and is left out of the median") {
  const Matrix<double> inputs = Matrix<double>::Identity(2, 2);
  const RowMatrix<double> weights = (RowMatrix<double>(2, 3) << 0, 1, 2, 0, 0, 0).finished();
  const RowMatrix<double> quantized = (RowMatrix<double>(2, 3) << 1, 0.5, 1.5, 0, 0, 0).finished();
  CHECK(measure(LayerProblem<double>(inputs, std::nullopt, weights), quantized, never).median_neuron_error ==
        doctest::Approx(0.375));
}

TEST_CASE("The rate counts the levels and the steps that go with them") {
  for (int b = 1; b <= 50; ++b) CHECK(bits_of(std::ldexp(1.0, b)) == b);
  for (const double levels : {3.0, 5.0, 7.0, 255.0, 1e15 + 1})
    CHECK(bits_of(levels) == doctest::Approx(std::log2(levels)).epsilon(1e-15).scale(0));
  CHECK(bits_per_weight(4, 1, {0, 16, 2}) == doctest::Approx(3));
  CHECK(bits_per_weight(3, 2, {0, 32, 2}) == doctest::Approx(std::log2(3) + 1));
}

TEST_CASE("A problem checks its shapes and its numbers") {
  const Matrix<double> x = Matrix<double>::Ones(2, 3);
  const RowMatrix<double> w = RowMatrix<double>::Ones(3, 1);
  CHECK_THROWS_AS(LayerProblem<double>(Matrix<double>::Ones(2, 2), std::nullopt, w), std::invalid_argument);
  CHECK_THROWS_AS(LayerProblem<double>(x, Matrix<double>::Ones(3, 3), w), std::invalid_argument);
  CHECK_THROWS_AS(LayerProblem<double>(x, std::nullopt, RowMatrix<double>(3, 0)), std::invalid_argument);
  Matrix<double> bad = x;
  bad(1, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(LayerProblem<double>(bad, std::nullopt, w), std::invalid_argument);
  CHECK_THROWS_AS(LayerProblem<double>(x, bad, w), std::invalid_argument);
  bad(1, 2) = 1e200;
  CHECK_THROWS_AS(LayerProblem<double>(bad, std::nullopt, w), std::invalid_argument);
  bad.col(2).setConstant(1e-170);  // not 0, but its square is
  CHECK_THROWS_AS(LayerProblem<double>(bad, std::nullopt, w), std::invalid_argument);
  CHECK(LayerProblem<double>(x, std::nullopt, w).squared_norms() == std::vector<double>{2, 2, 2});
}

}  // namespace metrics_test
