// Tests of AdaRound: gradients of the gates, and Q against the properties of rounding up or down.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/feedback/rounding_gates.hpp"
#include "core/metrics/metrics.hpp"
#include "core/quantizers/quantizer.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace adaround_test {

const ExecutionContext never;
using Given = std::map<std::string, Value>;

template <class S>
QuantizedLayer<S> quantized(const std::string& name, const LayerProblem<S>& problem, const Alphabet& alphabet,
                            Given given = {}, const ExecutionContext& execution = never) {
  given.insert({{"alphabet.levels", "infinite"}, {"alphabet.step", 1.0}});
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(name);
  return entry.make(Parameters(entry.description.parameters, given))
      ->quantize(problem, alphabet, Stream("unused"), execution);
}

double error(const LayerProblem<double>& problem, const RowMatrix<double>& q) {
  return measure(problem, q, never).relative_squared_error();
}

/// Features that are alike: each is 0.8 of the one before.
Matrix<double> alike(const std::string& key, Index samples, Index width) {
  Matrix<double> x = zoo::gaussian_inputs(key, samples, width);
  for (Index t = 1; t < width; ++t) x.col(t) = 0.8 * x.col(t - 1) + 0.6 * x.col(t);
  return x;
}

LayerProblem<double> drifted(const std::string& key, Index samples, Index width, Index neurons) {
  const Matrix<double> x = alike(key, samples, width);
  return LayerProblem<double>(x, Matrix<double>(x + 0.3 * alike(key + "/noise", samples, width)),
                              zoo::uniform_weights(key, width, neurons, 1.0));
}

/// Every kind; levels with limits, so that they can be listed.
std::vector<Alphabet> alphabets(Index width, Index neurons) {
  const Vector steps = Vector::LinSpaced(neurons, 0.25, 0.5);
  std::vector<Alphabet> all = {{steps, 2},
                               {steps, 9},
                               {steps, 2, AlphabetKind::midrise},
                               {steps, std::nullopt, AlphabetKind::list, {-2, -1, -0.5, 0.5, 1, 2}},
                               {steps, std::nullopt, AlphabetKind::list, {-1, 0, 3}, true}};
  Alphabet grouped{steps, std::nullopt, AlphabetKind::list, {0, 1, 2, 3}};
  grouped.group = 7;
  grouped.group_steps.resize((width + 6) / 7, neurons);
  for (Index g = 0; g < grouped.group_steps.rows(); ++g)
    grouped.group_steps.row(g) = steps.transpose() / static_cast<double>(g + 1);
  grouped.zeros = RowMatrix<double>::Constant(grouped.group_steps.rows(), neurons, 1.25);
  all.push_back(grouped);
  return all;
}

std::vector<double> levels_of(const Alphabet& alphabet, Index feature, Index neuron) {
  std::vector<double> levels = alphabet.values;
  const double shift = alphabet.kind == AlphabetKind::midrise ? 0.5 : 0.0;
  for (double k = alphabet.half_levels ? -static_cast<double>(*alphabet.half_levels) + shift : 1; k < 0; ++k) {
    levels.push_back(k);
    levels.push_back(-k);
  }
  if (alphabet.half_levels && shift == 0) levels.push_back(0);
  std::sort(levels.begin(), levels.end());
  for (double& level : levels) level = alphabet.step(feature, neuron) * (level - alphabet.zero(feature, neuron));
  return levels;
}

TEST_CASE("The gradient is that of the output error and the regulariser, written out") {
  const auto problem = drifted("gradient", 20, 6, 3);
  for (const Alphabet& alphabet : alphabets(6, 3)) {
    const RoundingGates<double> gates(problem, alphabet, never);
    const double mean = problem.quantized_inputs().squaredNorm() / 6;
    const auto loss = [&](const RowMatrix<double>& v, GateRegularizer regularizer) {
      const RowMatrix<double> h = v.unaryExpr([](double x) { return gate(x); });
      const RowMatrix<double> q = gates.below().array() + h.array() * (gates.above().array() - gates.below().array());
      const Matrix<double> u = problem.inputs() * problem.weights() - problem.quantized_inputs() * q;
      double sum = 0;
      for (Index j = 0; j < 3; ++j) sum += u.col(j).squaredNorm() / (mean * alphabet.steps(j) * alphabet.steps(j));
      for (const double x : h.reshaped())
        sum += regularizer.weight * (1 - std::pow(std::abs(2 * x - 1), regularizer.exponent));
      return sum;
    };
    for (const GateRegularizer regularizer : {GateRegularizer{0, 2}, {0.7, 2.5}, {2, 20}}) {
      RowMatrix<double> v = 4 * zoo::uniform_weights("gates", 6, 3, 1.0);
      const RowMatrix<double> gradient = gates.gradient(v, regularizer, never);
      for (Index i = 0; i < v.size(); ++i) {
        const double at = v.data()[i], h = 1e-5;
        if (std::abs(std::abs(at) - std::log(11.0)) < 1e-3) continue;  // a kink
        v.data()[i] = at + h;
        const double above = loss(v, regularizer);
        v.data()[i] = at - h;
        const double below = loss(v, regularizer);
        v.data()[i] = at;
        CHECK(gradient.data()[i] == doctest::Approx((above - below) / (2 * h)).epsilon(1e-5).scale(1));
      }
    }
  }
}

TEST_CASE("Every weight starts where it is") {
  const auto problem = drifted("start", 20, 30, 4);
  const RoundingGates<double> gates(problem, {Vector::Constant(4, 0.25), std::nullopt, AlphabetKind::midrise}, never);
  const RowMatrix<double> h = gates.start().unaryExpr([](double v) { return gate(v); });
  CHECK((gates.below().array() + h.array() * 0.25 - problem.weights().array()).abs().maxCoeff() < 1e-15);
}

TEST_CASE("Every value is the level below the weight or the one above, and weights beyond the last one are counted") {
  const auto problem = drifted("neighbours", 40, 24, 6);
  for (const Alphabet& alphabet : alphabets(24, 6)) {
    const auto result = quantized("adaround", problem, alphabet);
    std::int64_t beyond = 0, not_nearest = 0;
    for (Index t = 0; t < 24; ++t)
      for (Index j = 0; j < 6; ++j) {
        const double w = problem.weights()(t, j), q = result.weights(t, j);
        double below = -INFINITY, above = INFINITY;
        for (const double level : levels_of(alphabet, t, j)) {
          if (level <= w) below = std::max(below, level);
          if (level >= w) above = std::min(above, level);
        }
        CHECK((q == doctest::Approx(below).epsilon(1e-12) || q == doctest::Approx(above).epsilon(1e-12)));
        beyond += std::isinf(below) || std::isinf(above) ? 1 : 0;
        not_nearest += std::abs(q - w) > std::min(w - below, above - w) + 1e-12 ? 1 : 0;
      }
    CHECK(result.clipped == beyond);
    CHECK(not_nearest > 0);
  }
}

TEST_CASE_TEMPLATE("Orthogonal columns: each weight to its nearest level", S, float, double) {
  // Of different norms, so that some errors are dear and others cheap, and weights not within a twentieth of a tie.
  Matrix<double> x = Matrix<double>::Zero(24, 24);
  for (Index t = 0; t < 24; ++t) x(t, t) = 0.2 * static_cast<double>(t);
  for (const Alphabet& alphabet : alphabets(24, 6)) {
    RowMatrix<double> w = zoo::uniform_weights("orthogonal", 24, 6, 1.0);
    for (Index t = 0; t < 24; ++t)
      for (Index j = 0; j < 6; ++j) {
        std::vector<double> levels = levels_of(alphabet, t, j);
        for (std::size_t i = 0; i + 1 < levels.size(); ++i)
          if (const double gap = levels[i + 1] - levels[i]; std::abs(w(t, j) - levels[i] - gap / 2) < 0.05 * gap)
            w(t, j) += 0.1 * gap;
      }
    const auto problem = zoo::cast<S>(LayerProblem<double>(x, std::nullopt, w));
    CHECK(quantized("adaround", problem, alphabet).weights == quantized("msq", problem, alphabet).weights);
  }
}

TEST_CASE("Two columns of ones: one weight goes up for the other, unless they are equal") {
  const Matrix<double> ones = Matrix<double>::Ones(5, 2);
  const auto rounded = [&](double first, double second) {
    RowMatrix<double> w(2, 1);
    w << first, second;
    return quantized("adaround", LayerProblem<double>(ones, std::nullopt, w), zoo::infinite_alphabet(1, 1.0)).weights;
  };
  CHECK(rounded(.45, .40) == RowMatrix<double>(Eigen::Vector2d(1, 0)));
  CHECK(rounded(.40, .45) == RowMatrix<double>(Eigen::Vector2d(0, 1)));
  // What is symmetric at the start stays so.
  CHECK(rounded(.4, .4) == RowMatrix<double>(Eigen::Vector2d(0, 0)));
}

TEST_CASE("It aims at XW: where X and Xq differ it is ahead of what it does without X, and of rounding") {
  double aimed = 0, blind = 0, rounding = 0;
  for (int draw = 0; draw < 4; ++draw) {
    const auto problem = drifted("aim" + std::to_string(draw), 100, 32, 8);
    const LayerProblem<double> same(problem.quantized_inputs(), std::nullopt, problem.weights());
    const auto alphabet = zoo::infinite_alphabet(8, 0.25);
    aimed += error(problem, quantized("adaround", problem, alphabet).weights);
    blind += error(problem, quantized("adaround", same, alphabet).weights);
    rounding += error(problem, quantized("msq", problem, alphabet).weights);
  }
  CHECK(aimed < 0.9 * blind);
  CHECK(aimed < 0.9 * rounding);
}

TEST_CASE("The default number of iterations does nearly what ten times as many do") {
  double usual = 0, patient = 0;
  for (int draw = 0; draw < 4; ++draw) {
    const std::string key = "patience" + std::to_string(draw);
    const LayerProblem<double> problem(alike(key, 100, 32), std::nullopt, zoo::uniform_weights(key, 32, 8, 1.0));
    const auto alphabet = zoo::infinite_alphabet(8, 0.5);
    usual += error(problem, quantized("adaround", problem, alphabet).weights);
    patient += error(problem, quantized("adaround", problem, alphabet, {{"iterations", std::int64_t{10000}}}).weights);
  }
  CHECK(usual < 1.05 * patient);
}

TEST_CASE("The same bits for any number of threads") {
  const auto problem = drifted("threads", 50, 40, 21);
  const auto alphabet = zoo::finite_alphabet(21, 0.25, 3);
  const Given few = {{"iterations", std::int64_t{100}}};
  CHECK(quantized("adaround", problem, alphabet, few, ExecutionContext().with_threads(3)).weights ==
        quantized("adaround", problem, alphabet, few).weights);
}

}  // namespace adaround_test
