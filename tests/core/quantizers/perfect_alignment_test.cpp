#include "core/quantizers/perfect_alignment.hpp"

#include <doctest/doctest.h>

#include <Eigen/Dense>

#include "core/quantizers/quantizer.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace perfect_alignment_test {

const ExecutionContext never;

LayerProblem<double> rank_deficient(Index rank) {
  const auto base = zoo::mismatched_layer("perfect/rank", {20, 12, 3}, 0.3);
  const Matrix<double> quantized =
      base.quantized_inputs().leftCols(rank) * zoo::gaussian_inputs("perfect/factor", rank, 12);
  return LayerProblem<double>(base.inputs(), quantized, base.weights());
}

TEST_CASE("With m <= N and full rank nothing is left, and W~ is the shortest of all that leave nothing") {
  for (const LayerShape shape : {LayerShape{10, 40, 5}, LayerShape{16, 16, 2}, LayerShape{1, 7, 3}}) {
    const auto problem = zoo::mismatched_layer("perfect", shape, 0.2);
    RowMatrix<double> residual;
    const RowMatrix<double> aligned = perfect_alignment(problem, never, residual);
    const Matrix<double> target = problem.inputs() * problem.weights();
    CHECK((problem.quantized_inputs() * aligned - target).norm() < 1e-12 * target.norm());
    CHECK(residual.norm() < 1e-12 * target.norm());
    // The shortest solution lies in the row space of Xq: Xq^T (Xq Xq^T)^{-1} XW.
    const Matrix<double>& xq = problem.quantized_inputs();
    const Matrix<double> shortest = xq.transpose() * (xq * xq.transpose()).ldlt().solve(target);
    CHECK((aligned - shortest).norm() < 1e-9 * shortest.norm());
  }
}

TEST_CASE("Otherwise it is least squares: the residual is orthogonal to Xq, and is what it says") {
  for (const LayerProblem<double>& problem :
       {zoo::mismatched_layer("perfect", {40, 15, 4}, 0.2), rank_deficient(5), rank_deficient(12)}) {
    RowMatrix<double> residual;
    const RowMatrix<double> aligned = perfect_alignment(problem, never, residual);
    const Matrix<double>& xq = problem.quantized_inputs();
    const Matrix<double> target = problem.inputs() * problem.weights();
    CHECK((xq.transpose() * residual).norm() < 1e-11 * xq.norm() * target.norm());
    CHECK((target - xq * aligned - residual).norm() < 1e-12 * target.norm());
    const Eigen::JacobiSVD<Matrix<double>> svd(xq, Eigen::ComputeThinU | Eigen::ComputeThinV);
    CHECK((aligned - svd.solve(target)).norm() < 1e-9 * aligned.norm());
  }
}

TEST_CASE("SPFQ follows the perfectly aligned weights, in either precision; on equal inputs the weights themselves") {
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find("spfq");
  const auto make = [&](const Value& alignment) {
    return entry.make(Parameters(entry.description.parameters,
                                 {{"alphabet.levels", "infinite"}, {"alphabet.step", 0.1}, {"alignment", alignment}}));
  };
  const auto problem = zoo::mismatched_layer("perfect/spfq", {12, 60, 4}, 0.2);
  const auto alphabet = zoo::infinite_alphabet(4, 0.1);
  RowMatrix<double> residual;
  const LayerProblem<double> aligned(problem.quantized_inputs(), std::nullopt,
                                     perfect_alignment(problem, never, residual));
  const auto perfect = make("perfect")->quantize(problem, alphabet, Stream("perfect"), never);
  CHECK(perfect.weights == make(std::int64_t{1})->quantize(aligned, alphabet, Stream("perfect"), never).weights);
  CHECK(perfect.alignment_residual == residual);
  CHECK(perfect.alignment_residual.norm() <
        1e-6 * make(std::int64_t{2})->quantize(problem, alphabet, Stream("perfect"), never).alignment_residual.norm());

  const auto single = make("perfect")->quantize(zoo::cast<float>(problem), alphabet, Stream("perfect"), never);
  CHECK(single.alignment_residual.norm() < 1e-5F * static_cast<float>(problem.weights().norm()));
  const auto same = zoo::gaussian_layer("perfect/same", {8, 20, 3});
  const auto three = zoo::infinite_alphabet(3, 0.1);
  CHECK(make("perfect")->quantize(same, three, Stream("same"), never).weights ==
        make(std::int64_t{1})->quantize(same, three, Stream("same"), never).weights);
  CHECK(make("perfect")->cost({12, 60, 4}, true) > make(std::int64_t{1})->cost({12, 60, 4}, false));
}

}  // namespace perfect_alignment_test
