// Tests of streaming path following against the reference recurrence on the whole layer.
#include "core/path_following/streaming.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/kernels/instructions.hpp"
#include "core/path_following/path_following.hpp"
#include "tests/core/path_following/variants.hpp"

namespace pathquant {
namespace streaming_test {

using namespace testing;

template <class S>
StreamedSums stream(const LayerProblem<S>& problem, const DecisionRule<S>& rule, bool path_following = true) {
  const auto [samples, width, neurons] = problem.shape();
  StreamedPath<S> path(problem.shape(), rule, path_following, Vector::Constant(neurons, 0.25), 0);
  FeatureChunk<S> chunk(samples, neurons);
  const Index most = chunk_features<S>(samples);
  for (chunk.first = 0; chunk.first < width; chunk.first += most) {
    chunk.count = std::min(most, width - chunk.first);
    std::copy_n(problem.inputs().data() + chunk.first * samples, chunk.count * samples, chunk.inputs.data());
    std::copy_n(problem.weights().data() + chunk.first * neurons, chunk.count * neurons, chunk.weights.data());
    path.add(chunk);
  }
  return path.sums();
}

// Samples, features and neurons beside the sizes of vectors, blocks, chunks and groups.
const LayerShape shapes[] = {{1, 1, 1},     {1, 600, 3},  {7, 12, 4},   {3, 13, 9},     {64, 255, 8},
                             {33, 259, 17}, {16, 600, 8}, {130, 70, 2}, {1100, 75, 12}, {64, 513, 16}};

TEST_CASE("Double precision: states, outputs and counts are those of the plain recurrence on the whole layer") {
  for (const LayerShape shape : shapes) {
    CAPTURE(shape.samples);
    CAPTURE(shape.width);
    CAPTURE(shape.neurons);
    LayerProblem<double> drawn = zoo::gaussian_layer("streamed", shape);
    Matrix<double> inputs = drawn.inputs();
    if (shape.width > 10) inputs.col(6).setZero();
    const LayerProblem<double> problem(inputs, std::nullopt, drawn.weights());
    for (const auto& rule : all_rules<double>(shape.neurons)) {
      const StreamedSums sums = stream(problem, *rule);
      const Followed<double> plain = follow_reference(problem, PathKind::matched, *rule);
      CHECK(sums.state == plain.state);
      CHECK(sums.clipped == plain.clipped);
      CHECK(sums.zeros == (plain.decisions.array() == 0).count());
      CHECK(sums.largest_levels == plain.decisions.cwiseAbs().colwise().maxCoeff().transpose());
      CHECK(sums.weight_error_energy ==
            doctest::Approx((problem.weights() - plain.decisions).squaredNorm()).epsilon(1e-12).scale(0));
    }
    const StreamedSums sums = stream(problem, ExactDecision<double>());
    const RowMatrix<double> signal = problem.inputs() * problem.weights();
    CHECK((sums.signal - signal).norm() <= 1e-13 * signal.norm() * std::sqrt(static_cast<double>(shape.width)));
    CHECK(sums.weight_energy == doctest::Approx(problem.weights().squaredNorm()).epsilon(1e-12).scale(0));
    CHECK(sums.input_energy == doctest::Approx(inputs.squaredNorm()).epsilon(1e-12).scale(0));
    CHECK(sums.largest_norm == doctest::Approx(inputs.colwise().norm().maxCoeff()).epsilon(1e-12).scale(0));
    CHECK(sums.total_input_energy == doctest::Approx(inputs.rowwise().sum().squaredNorm()).epsilon(1e-9).scale(0));
    CHECK(sums.largest_weights == problem.weights().cwiseAbs().colwise().maxCoeff().transpose());
  }
}

TEST_CASE("Weights by themselves: their own levels, and the error on the inputs") {
  for (const LayerShape shape : shapes) {
    const LayerProblem<double> problem = zoo::gaussian_layer("memoryless", shape);
    for (const auto& rule : all_rules<double>(shape.neurons)) {
      const StreamedSums sums = stream(problem, *rule, false);
      RowMatrix<double> rounded(shape.width, shape.neurons);
      std::int64_t clipped = 0;
      for (Index t = 0; t < shape.width; ++t)
        clipped += rule->decide(t, shape.neurons, problem.weights().row(t).data(), rounded.row(t).data());
      const RowMatrix<double> error = problem.inputs() * (problem.weights() - rounded);
      CHECK((sums.state - error).norm() <= 1e-12 * (1 + error.norm()));
      CHECK(sums.clipped == clipped);
      CHECK(sums.zeros == (rounded.array() == 0).count());
    }
  }
}

TEST_CASE("Ties and structure: halves on integer and orthogonal columns are decided as the plain recurrence does") {
  for (const bool orthogonal : {false, true}) {
    const Index m = 24, n = 90, p = 9;
    Matrix<double> x(m, n);
    RowMatrix<double> halves(n, p);
    for (Index t = 0; t < n; ++t) {
      for (Index i = 0; i < m; ++i)
        x(i, t) = orthogonal ? (i == t % m ? 1.0 / 3 : 0.0) : static_cast<double>((i * 5 + t * 3 + i * t) % 7 - 3);
      for (Index j = 0; j < p; ++j) halves(t, j) = 0.1 * static_cast<double>((t * 7 + j * 5) % 9 - 4) + 0.05;
    }
    const LayerProblem<double> problem(x, std::nullopt, halves);
    const NearestDecision<double> rule(zoo::finite_alphabet(p, 0.1, 4));
    const StreamedSums sums = stream(problem, rule);
    const Followed<double> plain = follow_reference(problem, PathKind::matched, rule);
    CHECK(sums.state == plain.state);
    CHECK(sums.clipped == plain.clipped);
  }
}

TEST_CASE_TEMPLATE("The bits do not depend on the instruction set", S, float, double) {
  for (const LayerShape shape : shapes) {
    const LayerProblem<S> problem = zoo::cast<S>(zoo::gaussian_layer("bits", shape));
    for (const auto& rule : all_rules<S>(shape.neurons))
      for (const bool path_following : {true, false}) {
        const StreamedSums best = stream(problem, *rule, path_following);
        for (const auto most : {kernels::Instructions::fma, kernels::Instructions::baseline}) {
          kernels::limit_instructions(most);
          const StreamedSums limited = stream(problem, *rule, path_following);
          kernels::limit_instructions(kernels::Instructions::avx512);
          CHECK(same_bits(limited.state, best.state));
          CHECK(same_bits(limited.signal, best.signal));
          CHECK(limited.clipped == best.clipped);
          for (const auto member :
               {&StreamedSums::input_energy, &StreamedSums::largest_norm, &StreamedSums::weight_energy,
                &StreamedSums::total_input_energy, &StreamedSums::weight_error_energy, &StreamedSums::squares,
                &StreamedSums::distances, &StreamedSums::products})
            CHECK(limited.*member == best.*member);
        }
      }
  }
}

TEST_CASE("How weights lie between levels: a few by hand") {
  Matrix<double> inputs = Matrix<double>::Ones(1, 4);
  RowMatrix<double> weights(4, 1);
  weights << 0.25, 0.3125, 0.4375, -0.125;  // 1, 1.25, 1.75 and -0.5 steps
  const StreamedSums sums = stream(LayerProblem<double>(inputs, std::nullopt, weights), ExactDecision<double>());
  CHECK(sums.squares == doctest::Approx((0 + 0.0625 + 0.0625 + 0.25) / 4));
  CHECK(sums.distances == doctest::Approx((0 + 0.25 - 0.25 - 0.5) / 4));
  CHECK(sums.products == doctest::Approx((0 + 0.1875 + 0.1875 + 0.25) / 4));
}

TEST_CASE("Single precision: the error is that of the plain recurrence") {
  double streamed = 0, plain = 0;
  for (int trial = 0; trial < 20; ++trial) {
    const LayerProblem<float> problem =
        zoo::cast<float>(zoo::gaussian_layer("single" + std::to_string(trial), {32, 1000, 8}));
    const NearestDecision<float> rule(zoo::finite_alphabet(8, 0.2, 7));
    streamed += stream(problem, rule).state.squaredNorm();
    plain += static_cast<double>(follow_reference(problem, PathKind::matched, rule).state.squaredNorm());
  }
  CHECK(streamed == doctest::Approx(plain).epsilon(3e-4).scale(0));
}

TEST_CASE("A column whose squared norm is no normal number is refused") {
  Matrix<float> inputs = Matrix<float>::Ones(4, 9);
  inputs.col(8).setConstant(1e-20f);
  FeatureChunk<float> chunk(4, 2);
  chunk.count = 9;
  std::copy_n(inputs.data(), inputs.size(), chunk.inputs.data());
  std::fill(chunk.weights.begin(), chunk.weights.end(), 0.5f);
  const ExactDecision<float> rule;
  StreamedPath<float> path({4, 9, 2}, rule, true, Vector::Ones(2), 0);
  CHECK_THROWS_AS(path.add(chunk), std::domain_error);
}

}  // namespace streaming_test
}  // namespace pathquant
