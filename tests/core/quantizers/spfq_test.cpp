#include <doctest/doctest.h>

#include <cmath>

#include "core/quantizers/quantizer.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace spfq_test {

const ExecutionContext never;

QuantizedLayer<double> spfq(const LayerProblem<double>& problem, std::int64_t alignment, const Stream& draws) {
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find("spfq");
  const Parameters parameters(entry.description.parameters,
                              {{"alphabet.levels", "infinite"}, {"alphabet.step", 0.5}, {"alignment", alignment}});
  return entry.make(parameters)->quantize(problem, zoo::infinite_alphabet(problem.shape().neurons, 0.5), draws, never);
}

TEST_CASE("The error is the alignment residual plus a rounding error of mean zero") {
  // E(XW - XqQ) = Uhat: over 400 independent draws the mean of each entry of U - Uhat is within 5 of its standard
  // errors (192 entries: false alarm below 2e-4).
  const auto problem = zoo::mismatched_layer("spfq", {16, 48, 12}, 0.2);
  constexpr int runs = 400;
  for (const std::int64_t alignment : {1, 3}) {
    Matrix<double> sum = Matrix<double>::Zero(16, 12);
    Matrix<double> squares = Matrix<double>::Zero(16, 12);
    for (int run = 0; run < runs; ++run) {
      const auto result = spfq(problem, alignment, Stream("spfq/" + std::to_string(run)));
      const Matrix<double> rounding = problem.inputs() * problem.weights() -
                                      problem.quantized_inputs() * result.weights -
                                      Matrix<double>(result.alignment_residual);
      sum += rounding;
      squares += rounding.cwiseAbs2();
    }
    const Matrix<double> mean = sum / runs;
    const Matrix<double> error = ((squares / runs - mean.cwiseAbs2()) / (runs - 1)).cwiseSqrt();
    CHECK((mean.array().abs() <= 5 * error.array()).all());
  }
}

TEST_CASE("More passes align better, down to what no weights can reach") {
  const auto problem = zoo::mismatched_layer("spfq", {24, 60, 4}, 0.2);
  double before = std::numeric_limits<double>::infinity();
  for (const std::int64_t alignment : {1, 2, 4, 8}) {
    const double residual = spfq(problem, alignment, Stream("order")).alignment_residual.norm();
    CHECK(residual < before);
    before = residual;
  }
}

TEST_CASE("On equal inputs there is nothing to align") {
  const auto problem = zoo::gaussian_layer("spfq", {8, 20, 3});
  const auto once = spfq(problem, 1, Stream("same"));
  CHECK(once.alignment_residual.size() == 0);
  CHECK(spfq(problem, 5, Stream("same")).weights == once.weights);
}

}  // namespace spfq_test
