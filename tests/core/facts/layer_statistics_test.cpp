#include "core/facts/layer_statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace layer_statistics_test {

const ExecutionContext never;
const QuantizerTraits memoryless = {.uses_inputs = false};
const QuantizerTraits following = {.path_following = true};

LayerStatistics statistics_of(const LayerProblem<double>& problem, const QuantizerTraits& traits, double step = 1,
                              const RowMatrix<double>& residual = {}) {
  QuantizedLayer<double> result;
  result.weights = RowMatrix<double>::Zero(problem.shape().width, problem.shape().neurons);
  result.alignment_residual = residual;
  return layer_statistics(problem, traits, zoo::infinite_alphabet(problem.shape().neurons, step), result, never);
}

/// uhat_t = P_t (uhat_{t-1} + w_t X_t) for one neuron, P_t the projector off Xq_t.
Vector alignment_by_projection(const LayerProblem<double>& problem, Index neuron) {
  Vector state = Vector::Zero(problem.shape().samples);
  for (Index t = 0; t < problem.shape().width; ++t) {
    const Vector xq = problem.quantized_inputs().col(t);
    state += problem.weights()(t, neuron) * problem.inputs().col(t);
    state -= xq * (xq.dot(state) / xq.squaredNorm());
  }
  return state;
}

double evenness_to(const RowMatrix<double>& weights, const Alphabet& alphabet) {
  const LayerProblem<double> problem(zoo::gaussian_inputs("evenness", 2, weights.rows()), std::nullopt, weights);
  return layer_statistics(problem, {}, alphabet, QuantizedLayer<double>{weights, 0, {}}, ExecutionContext())
      .rounding_evenness;
}

TEST_CASE("energies and largest entries, by hand") {
  Matrix<double> inputs(2, 2);
  inputs << 3, 0, 4, 2;
  RowMatrix<double> weights(2, 3);
  weights << 0.5, -2, 0, -0.25, 1, 0;
  const LayerStatistics statistics = statistics_of(LayerProblem<double>(inputs, std::nullopt, weights), following);
  CHECK(statistics.input_energy == 29);
  CHECK(statistics.largest_norm == 5);
  CHECK(statistics.largest_weights == Vector((Vector(3) << 0.5, 2, 0).finished()));
  CHECK(statistics.largest_aligned_weights == statistics.largest_weights);
  CHECK(statistics.alignment_reach == 0);
  CHECK(statistics.drift_energy == 0);
  CHECK(statistics.alignment_energy == 0);
  CHECK(statistics.largest_alignment_norm == 0);
  CHECK(statistics.largest_alignment_entry == 0);
  CHECK_FALSE(statistics.path.has_value());
  // d = -1/2, 0, 0, -1/4, 0, 0 and f = 1/2, 0, 0, 3/4, 0, 0
  CHECK(statistics.rounding_evenness == doctest::Approx(12 * (0.25 + 0.0625) / 6).epsilon(1e-15).scale(0));
  CHECK(statistics.rounding_bias == doctest::Approx(-0.125).epsilon(1e-15).scale(0));
  CHECK(statistics.stochastic_evenness == doctest::Approx(6 * (0.25 + 0.1875) / 6).epsilon(1e-15).scale(0));
}

TEST_CASE("weights on the steps have evenness 0, halfway 3, spread evenly 1") {
  const auto evenness = [](const RowMatrix<double>& weights, double step) {
    return statistics_of(LayerProblem<double>(weights), memoryless, step).rounding_evenness;
  };
  CHECK(evenness(RowMatrix<double>::Constant(4, 2, -1.5), 0.5) == 0);
  CHECK(evenness(RowMatrix<double>::Constant(4, 2, -1.5), 1) == 3);
  // A grid of n weights per step, symmetric about it: 1 - 1/n^2.
  constexpr Index n = 1000;
  RowMatrix<double> grid(n, 1);
  for (Index t = 0; t < n; ++t) grid(t, 0) = 0.1 * ((static_cast<double>(t) + 0.5) / n - 0.5);
  CHECK(evenness(grid, 0.1) == doctest::Approx(1 - 1.0 / n / n).epsilon(1e-9).scale(0));
  // Each neuron has its own step.
  RowMatrix<double> weights(1, 2);
  weights << 1, 1;
  QuantizedLayer<double> result;
  result.weights = weights;
  const Alphabet alphabet{(Vector(2) << 1, 2).finished(), std::nullopt};
  CHECK(layer_statistics(LayerProblem<double>(weights), memoryless, alphabet, result, never).rounding_evenness == 1.5);
}

TEST_CASE("the drift is what the mismatch makes of the weights") {
  const auto problem = zoo::mismatched_layer("drift", {7, 12, 3}, 0.3);
  const Matrix<double> drift = (problem.inputs() - problem.quantized_inputs()) * problem.weights();
  CHECK(statistics_of(problem, memoryless).drift_energy ==
        doctest::Approx(drift.squaredNorm()).epsilon(1e-12).scale(0));
  const auto norms = problem.quantized_inputs().colwise().squaredNorm();
  CHECK(statistics_of(problem, memoryless).input_energy == doctest::Approx(norms.sum()).epsilon(1e-12).scale(0));
  CHECK(statistics_of(problem, memoryless).largest_norm ==
        doctest::Approx(std::sqrt(norms.maxCoeff())).epsilon(1e-12).scale(0));
}

TEST_CASE("one feature: the alignment leaves what of w X is orthogonal to Xq") {
  Matrix<double> x(2, 1);
  Matrix<double> xq(2, 1);
  x << 1, 1;
  xq << 2, 0;
  RowMatrix<double> weights(1, 2);
  weights << 3, -4;
  const LayerStatistics statistics = statistics_of(LayerProblem<double>(x, xq, weights), following);
  CHECK(statistics.alignment_energy == 25);
  CHECK(statistics.largest_alignment_norm == 4);
  CHECK(statistics.largest_alignment_entry == 4);
}

TEST_CASE("path following without an alignment of its own has that of one pass") {
  const auto problem = zoo::mismatched_layer("one pass", {9, 14, 4}, 0.5);
  const LayerStatistics statistics = statistics_of(problem, following);
  double energy = 0;
  double norm = 0;
  double entry = 0;
  for (Index j = 0; j < 4; ++j) {
    const Vector uhat = alignment_by_projection(problem, j);
    energy += uhat.squaredNorm();
    norm = std::max(norm, uhat.norm());
    entry = std::max(entry, uhat.cwiseAbs().maxCoeff());
  }
  CHECK(statistics.alignment_energy == doctest::Approx(energy).epsilon(1e-10).scale(0));
  CHECK(statistics.largest_alignment_norm == doctest::Approx(norm).epsilon(1e-10).scale(0));
  CHECK(statistics.largest_alignment_entry == doctest::Approx(entry).epsilon(1e-10).scale(0));
}

TEST_CASE("a quantizer's own alignment counts before that of one pass; without path following there is none") {
  const auto problem = zoo::mismatched_layer("own", {5, 6, 2}, 0.5);
  RowMatrix<double> residual(5, 2);
  residual << 0, 3, 0, 0, -2, 4, 0, 0, 0, 0;
  const LayerStatistics own = statistics_of(problem, following, 1, residual);
  CHECK(own.alignment_energy == 29);
  CHECK(own.largest_alignment_norm == 5);
  CHECK(own.largest_alignment_entry == 4);
  const LayerStatistics none = statistics_of(problem, memoryless, 1, residual);
  CHECK(none.alignment_energy == 0);
  CHECK(none.largest_alignment_norm == 0);
  CHECK(none.largest_alignment_entry == 0);
}

TEST_CASE("layer statistics: distances are to the levels, wherever they lie") {
  Alphabet alphabet = zoo::finite_alphabet(2, 0.4, 3);
  RowMatrix<double> weights(2, 2);
  weights << 0.4, -0.8, 1.2, 0.0;  // on mid-tread levels, halfway between mid-rise ones: 12/4
  CHECK(evenness_to(weights, alphabet) == doctest::Approx(0.0).epsilon(1e-12));
  alphabet.kind = AlphabetKind::midrise;
  CHECK(evenness_to(weights, alphabet) == doctest::Approx(3.0));
  weights.array() += 0.2;
  CHECK(evenness_to(weights, alphabet) == doctest::Approx(0.0).epsilon(1e-12));
  alphabet.kind = AlphabetKind::midtread;
  CHECK(evenness_to(weights, alphabet) == doctest::Approx(3.0));
  alphabet.kind = AlphabetKind::list;
  alphabet.values = {-1.0, 2.0};
  CHECK(evenness_to(weights, alphabet) == 1.0);

  const RowMatrix<double> even = zoo::uniform_weights("even", 400, 2, 0.8);  // two steps to either side
  for (const AlphabetKind kind : {AlphabetKind::midtread, AlphabetKind::midrise}) {
    alphabet.kind = kind;
    CHECK(evenness_to(even, alphabet) == doctest::Approx(1.0).epsilon(4 * std::sqrt(0.8 / 800)).scale(0));
  }
}

TEST_CASE("what one pass of alignment may leave, by projectors, and along a direction") {
  const LayerProblem<double> problem = zoo::mismatched_layer("reach", {5, 9, 3}, 0.4);
  QuantizedLayer<double> result;
  result.weights = RowMatrix<double>::Zero(9, 3);
  result.largest_aligned_weights = Vector::LinSpaced(3, 1, 2);
  const Vector direction = Vector::LinSpaced(5, -1, 2);
  const LayerStatistics statistics =
      layer_statistics(problem, following, zoo::infinite_alphabet(3, 1), result, never, direction);
  CHECK(statistics.largest_aligned_weights == result.largest_aligned_weights);
  double reach = 0;
  double along = 0;
  for (Index j = 0; j < 3; ++j) {
    double sum = 0;
    for (Index t = 0; t < 9; ++t) {
      const Vector xq = problem.quantized_inputs().col(t);
      const Matrix<double> projector = Matrix<double>::Identity(5, 5) - xq * xq.transpose() / xq.squaredNorm();
      sum += std::abs(problem.weights()(t, j)) * (projector * problem.inputs().col(t)).norm();
    }
    reach += sum * sum;
    along = std::max(along, std::abs(direction.dot(alignment_by_projection(problem, j))));
  }
  CHECK(statistics.alignment_reach == doctest::Approx(reach).epsilon(1e-12).scale(0));
  CHECK(statistics.largest_alignment_along == doctest::Approx(along).epsilon(1e-10).scale(0));
  CHECK(layer_statistics(problem, memoryless, zoo::infinite_alphabet(3, 1), result, never, direction).alignment_reach ==
        0);
}

}  // namespace layer_statistics_test
