// Tests of the largest error on a box of inputs: against all corners of the box, and against inputs in it.
#include <doctest/doctest.h>

#include <cmath>

#include "core/facts/fact.hpp"
#include "core/facts/input_box.hpp"
#include "core/facts/layer_statistics.hpp"
#include "core/metrics/metrics.hpp"
#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/layer_zoo.hpp"

namespace pathquant {
namespace input_box_test {

using namespace testing;

const ExecutionContext never;

/// Of every corner of the box of Xq's columns, and where they differ of every corner of the box of X - Xq's beside it.
double worst_corner(const LayerProblem<double>& problem, const RowMatrix<double>& q) {
  const Index n = problem.shape().width;
  const Matrix<double>& z = problem.quantized_inputs();
  const Matrix<double> e = problem.inputs() - z;
  double worst = 0;
  for (std::uint32_t corner = 0; corner < (1u << (2 * n)); ++corner)
    for (Index j = 0; j < q.cols(); ++j) {
      double error = 0;
      for (Index t = 0; t < n; ++t) {
        const auto side = [&](const Matrix<double>& of, Index bit) {
          return (corner >> bit & 1) != 0 ? of.col(t).maxCoeff() : of.col(t).minCoeff();
        };
        const double zt = side(z, t), xt = zt + side(e, n + t);
        error += xt * problem.weights()(t, j) - zt * q(t, j);
      }
      worst = std::max(worst, std::abs(error));
    }
  return worst;
}

/// Off centre, of different sizes; another number of samples, features and neurons.
LayerProblem<double> layer(const std::string& key, LayerShape shape, bool mismatch) {
  const auto spread = [&](Matrix<double> x) {
    for (Index t = 0; t < x.cols(); ++t) x.col(t) = (x.col(t).array() + 1) * (0.5 + static_cast<double>(t));
    return x;
  };
  const Matrix<double> x = spread(zoo::gaussian_inputs(key, shape.samples, shape.width));
  std::optional<Matrix<double>> xq;
  if (mismatch) xq = x + 0.3 * spread(zoo::gaussian_inputs(key + "/noise", shape.samples, shape.width));
  return LayerProblem<double>(x, xq, zoo::uniform_weights(key, shape.width, shape.neurons, 1.0));
}

RowMatrix<double> rounded(const RowMatrix<double>& weights, double step) {
  return (weights.array() / step).round() * step;
}

TEST_CASE("input_box: the worst corner, to a rounding, and never below it") {
  for (const bool mismatch : {false, true})
    for (const LayerShape shape :
         {LayerShape{7, 5, 3}, LayerShape{1, 4, 2}, LayerShape{2, 6, 1}, LayerShape{40, 3, 8}}) {
      const auto problem = layer("corners", shape, mismatch);
      for (const double step : {0.25, 1.0}) {
        const RowMatrix<double> q = rounded(problem.weights(), step);
        const double value = largest_box_error(problem, q, never), worst = worst_corner(problem, q);
        CHECK(value >= worst);
        CHECK(value <= worst * (1 + 1e-12));
      }
    }
}

TEST_CASE("input_box: in one feature, by hand") {
  // x from -1 to 3, w - q = 1/4: at 3. With xq = x/2: xq (w - q) + (x - xq) w with both from -1/2 to 3/2.
  Matrix<double> x(3, 1);
  x << -1, 3, 2;
  RowMatrix<double> w(1, 1), q(1, 1);
  w << 1.25;
  q << 1;
  CHECK(largest_box_error(LayerProblem<double>(x, std::nullopt, w), q, never) == doctest::Approx(0.75));
  CHECK(largest_box_error(LayerProblem<double>(x, Matrix<double>(x / 2), w), q, never) ==
        doctest::Approx(1.5 * 0.25 + 1.5 * 1.25));
}

TEST_CASE("input_box: nothing where Q == W, and less than by the largest magnitudes where features have a sign") {
  auto problem = layer("same", {9, 20, 4}, false);
  CHECK(largest_box_error(problem, problem.weights(), never) == 0);
  const LayerProblem<double> positive(problem.inputs().cwiseAbs(), std::nullopt, problem.weights());
  const RowMatrix<double> q = rounded(problem.weights(), 0.5);
  const double magnitudes = (positive.inputs().colwise().maxCoeff() * (positive.weights() - q).cwiseAbs()).maxCoeff();
  CHECK(largest_box_error(positive, q, never) < 0.9 * magnitudes);
}

TEST_CASE_TEMPLATE("input_box: holds on the calibration data and all over the box, for any Q", S, float, double) {
  for (const bool mismatch : {false, true})
    for (const LayerShape shape : {LayerShape{30, 12, 5}, LayerShape{1, 300, 2}, LayerShape{2, 1, 1}}) {
      const auto problem = zoo::cast<S>(layer("anywhere", shape, mismatch));
      for (const S step : {S(0.1), S(3)}) {
        const RowMatrix<S> q = (problem.weights().array() / step).round() * step;
        const double value = largest_box_error(problem, q, never);
        CHECK(measure(problem, q, never, {.entries = true}).max_abs_error.value() <= value);
        const Matrix<double> z = problem.quantized_inputs().template cast<double>();
        const Matrix<double> e = problem.inputs().template cast<double>() - z;
        const RowMatrix<double> places = zoo::uniform_weights("places", 100, 2 * shape.width, 0.5).array() + 0.5;
        for (Index i = 0; i < places.rows(); ++i)
          for (Index j = 0; j < shape.neurons; ++j) {
            double error = 0;
            for (Index t = 0; t < shape.width; ++t) {
              const auto inside = [&](const Matrix<double>& of, double place) {
                return of.col(t).minCoeff() + place * (of.col(t).maxCoeff() - of.col(t).minCoeff());
              };
              const double zt = inside(z, places(i, t)), et = inside(e, places(i, shape.width + t));
              error += zt * (static_cast<double>(problem.weights()(t, j)) - static_cast<double>(q(t, j))) +
                       et * static_cast<double>(problem.weights()(t, j));
            }
            CHECK(std::abs(error) <= value);
          }
      }
    }
}

TEST_CASE("input_box: of any quantizer, as it was measured; without X there is no such fact") {
  LayerFacts facts = made_up();
  facts.facts["input_box"] = Vector::Constant(1, 2.5);
  CHECK(value("input_box", facts, 0.01) == 2.5);
  CHECK(value("input_box", mismatched(facts), 0.5) == 2.5);
  CHECK(line("input_box").concerns(QuantizerTraits{}));
  CHECK(line("input_box").needs_facts == std::vector<std::string>{"input_box"});

  const FactEntry& fact = *Registry<FactEntry>::instance().find("input_box");
  const auto problem = layer("measured", {9, 20, 4}, false);
  const QuantizedLayer<double> result{rounded(problem.weights(), 0.5)};
  const Alphabet alphabet = zoo::infinite_alphabet(4, 0.5);
  const std::optional<Vector> measured = fact.compute({problem, {}, alphabet, result, never});
  REQUIRE(measured);
  CHECK((*measured)(0) == largest_box_error(problem, result.weights, never));
  const LayerProblem<double> weights_only(problem.weights());
  CHECK_FALSE(fact.compute({weights_only, {}, alphabet, result, never}));
}

}  // namespace input_box_test
}  // namespace pathquant
