#include "core/layer/permutation.hpp"

#include <doctest/doctest.h>

#include "core/path_following/path_following.hpp"
#include "core/quantizers/quantizer.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace feature_order_test {

const ExecutionContext never;

QuantizedLayer<double> run(const std::string& name, std::map<std::string, Value> given,
                           const LayerProblem<double>& problem, const Alphabet& alphabet) {
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(name);
  given.insert({{"alphabet.levels", "infinite"}, {"alphabet.step", 1.0}});
  return entry.make(Parameters(entry.description.parameters, given))
      ->quantize(problem, alphabet, Stream("order"), never);
}

template <class M>
M arranged_columns(const M& matrix, const std::vector<Index>& order) {
  M result(matrix.rows(), matrix.cols());
  for (std::size_t i = 0; i < order.size(); ++i) result.col(static_cast<Index>(i)) = matrix.col(order[i]);
  return result;
}

RowMatrix<double> arranged_rows(const RowMatrix<double>& matrix, const std::vector<Index>& order) {
  RowMatrix<double> result(matrix.rows(), matrix.cols());
  for (std::size_t i = 0; i < order.size(); ++i) result.row(static_cast<Index>(i)) = matrix.row(order[i]);
  return result;
}

LayerProblem<double> arranged(const LayerProblem<double>& problem, const std::vector<Index>& order) {
  std::optional<Matrix<double>> quantized;
  if (problem.has_mismatch()) quantized = arranged_columns(problem.quantized_inputs(), order);
  return LayerProblem<double>(arranged_columns(problem.inputs(), order), quantized,
                              arranged_rows(problem.weights(), order));
}

// Columns of very different norms, two of them equal and one dead.
LayerProblem<double> uneven(bool mismatch) {
  Matrix<double> inputs = zoo::gaussian_inputs("order", 12, 30);
  for (Index t = 0; t < 30; ++t) inputs.col(t) *= 1 + 0.5 * static_cast<double>((7 * t) % 11);
  inputs.col(20) = inputs.col(4);
  inputs.col(9).setZero();
  std::optional<Matrix<double>> quantized;
  if (mismatch) quantized = inputs + 0.2 * zoo::gaussian_inputs("order/noise", 12, 30);
  return LayerProblem<double>(inputs, quantized, zoo::uniform_weights("order", 30, 4, 1.0));
}

TEST_CASE("Decreasing norms, equal ones as they came") {
  CHECK(permutation(FeatureOrder::decreasing_norm, std::vector<double>{1, 3, 0, 3, 2}) ==
        std::vector<Index>{1, 3, 4, 0, 2});
  CHECK(permutation(FeatureOrder::natural, std::vector<float>{1, 3, 0}) == std::vector<Index>{0, 1, 2});
}

TEST_CASE("By hand: natural order rounds to (0, 0), decreasing norm to (3, 0)") {
  // X = [1 10; 0 1], step 1, w = (0.5, 0.3), the first a hair below the tie. Natural: c = 0.5-, then
  // 0.3 + 5/101. By norm: c = 0.3 for the second, which leaves u = (3, 0.3), then 0.5- + 3 for the first.
  const Matrix<double> inputs = (Matrix<double>(2, 2) << 1, 10, 0, 1).finished();
  const LayerProblem<double> problem(inputs, std::nullopt, (RowMatrix<double>(2, 1) << 0.5 - 1e-12, 0.3).finished());
  const auto q = [&](const std::string& order) {
    return run("gpfq", {{"order", order}}, problem, zoo::infinite_alphabet(1, 1.0)).weights;
  };
  const auto error = [&](const RowMatrix<double>& weights) {
    return (inputs * (problem.weights() - weights)).squaredNorm();
  };
  CHECK(q("natural") == RowMatrix<double>::Zero(2, 1));
  CHECK(error(q("natural")) == doctest::Approx(12.34));
  CHECK(q("decreasing_norm") == (RowMatrix<double>(2, 1) << 3, 0).finished());
  CHECK(error(q("decreasing_norm")) == doctest::Approx(0.34));
}

TEST_CASE("Decreasing norm is the natural order of arranged columns, with Q put back") {
  for (const bool mismatch : {false, true})
    for (const char* decision : {"nearest", "hard"}) {
      const auto problem = uneven(mismatch);
      const auto order = permutation(FeatureOrder::decreasing_norm, problem.squared_norms());
      std::map<std::string, Value> given = {{"decision", decision}};
      if (std::string(decision) == "hard") given["threshold"] = 0.1;
      const Alphabet alphabet = zoo::finite_alphabet(4, 0.3, 3);
      const auto natural = run("gpfq", given, arranged(problem, order), alphabet);
      given["order"] = "decreasing_norm";
      const auto sorted = run("gpfq", given, problem, alphabet);
      CHECK(arranged_rows(sorted.weights, order) == natural.weights);
      CHECK(sorted.clipped == natural.clipped);
      // The residual of one pass of alignment in that order, from its definition.
      if (!mismatch) continue;
      const auto columns = arranged(problem, order);
      RowMatrix<double> aligned = columns.weights();
      RowMatrix<double> residual = RowMatrix<double>::Zero(12, 4);
      follow_path(columns, aligned, ExactDecision<double>(), never, aligned, &residual);
      // Real numbers, not levels: another form of the recurrence may round them otherwise.
      CHECK((sorted.alignment_residual - residual).norm() < 1e-13 * residual.norm());
    }
}

TEST_CASE("Stochastic decisions keep a feature's draws in any order, and the alignment follows it") {
  const auto problem = uneven(true);
  const auto order = permutation(FeatureOrder::decreasing_norm, problem.squared_norms());
  for (const std::int64_t alignment : {1, 3}) {
    const auto sorted =
        run("spfq", {{"order", "decreasing_norm"}, {"alignment", alignment}}, problem, zoo::finite_alphabet(4, 0.3, 4));
    const auto columns = arranged(problem, order);
    RowMatrix<double> aligned = columns.weights();
    RowMatrix<double> residual = RowMatrix<double>::Zero(12, 4);
    follow_path(columns, aligned, ExactDecision<double>(), never, aligned, &residual);
    for (std::int64_t pass = 1; pass < alignment; ++pass)
      follow_quantized_path(columns, aligned, ExactDecision<double>(), never, aligned, &residual);
    // Real numbers, not levels: another form of the recurrence may round them otherwise.
    CHECK((sorted.alignment_residual - residual).norm() < 1e-13 * residual.norm());
    const StochasticDecision<double> rule(zoo::finite_alphabet(4, 0.3, 4), Stream("order"));
    RowMatrix<double> state = RowMatrix<double>::Zero(12, 4);
    for (Index visit = 0; visit < 30; ++visit) {
      const Index t = order[static_cast<std::size_t>(visit)];
      const auto xq = columns.quantized_inputs().col(visit);
      RowMatrix<double> c = RowMatrix<double>::Zero(1, 4);
      if (xq.squaredNorm() > 0) c = aligned.row(visit) + (xq.transpose() * state) / xq.squaredNorm();
      std::vector<double> q(4);
      rule.decide(t, 4, c.data(), q.data());
      for (Index j = 0; j < 4; ++j) CHECK(sorted.weights(t, j) == q[static_cast<std::size_t>(j)]);
      state += xq * (aligned.row(visit) - sorted.weights.row(t));
    }
  }
}

}  // namespace feature_order_test
