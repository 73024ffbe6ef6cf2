#include "core/path_following/path_following.hpp"

#include <doctest/doctest.h>

#include <Eigen/Dense>
#include <cmath>

#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace path_following_test {

const ExecutionContext never;

struct Run {
  RowMatrix<double> decisions, state;
  std::int64_t clipped = 0;
};

Run follow(const LayerProblem<double>& problem, const DecisionRule<double>& rule) {
  Run run{RowMatrix<double>(problem.shape().width, problem.shape().neurons),
          RowMatrix<double>::Zero(problem.shape().samples, problem.shape().neurons), 0};
  run.clipped = follow_path(problem, problem.weights(), rule, never, run.decisions, &run.state).clipped;
  return run;
}

// The definition itself, neuron by neuron: the level p that minimises ||u + w_t X_t - p Xq_t||, found by trying levels.
RowMatrix<double> by_minimisation(const LayerProblem<double>& problem, double step, int half_levels) {
  const auto [samples, width, neurons] = problem.shape();
  RowMatrix<double> result(width, neurons);
  for (Index j = 0; j < neurons; ++j) {
    Vector u = Vector::Zero(samples);
    for (Index t = 0; t < width; ++t) {
      u += problem.weights()(t, j) * problem.inputs().col(t);
      double best = 0;
      for (int k = -half_levels; k <= half_levels; ++k)
        if ((u - k * step * problem.quantized_inputs().col(t)).norm() <
            (u - best * problem.quantized_inputs().col(t)).norm())
          best = k * step;
      result(t, j) = best;
      u -= best * problem.quantized_inputs().col(t);
    }
  }
  return result;
}

// P_N ... P_first as an m x m matrix.
Matrix<double> product_of_projectors(const Matrix<double>& inputs, Index first) {
  Matrix<double> product = Matrix<double>::Identity(inputs.rows(), inputs.rows());
  for (Index t = first; t < inputs.cols(); ++t)
    product -= inputs.col(t) * (inputs.col(t).transpose() * product) / inputs.col(t).squaredNorm();
  return product;
}

TEST_CASE("Nearest decisions are the levels that keep the running error smallest") {
  for (const LayerShape shape : {LayerShape{7, 23, 3}, LayerShape{20, 6, 2}, LayerShape{1, 9, 1}}) {
    const auto problem = zoo::gaussian_layer("minimise", shape, 0.9);
    const auto expected = by_minimisation(problem, 0.5, 2);
    CHECK(follow(problem, NearestDecision<double>(zoo::finite_alphabet(shape.neurons, 0.5, 2))).decisions == expected);

    const auto mismatched = zoo::mismatched_layer("minimise", shape, 0.3);
    CHECK(follow(mismatched, NearestDecision<double>(zoo::finite_alphabet(shape.neurons, 0.5, 2))).decisions ==
          by_minimisation(mismatched, 0.5, 2));
  }
}

TEST_CASE("The state is XW - XqQ") {
  const auto problem = zoo::mismatched_layer("state", {16, 40, 5}, 0.2);
  const Run run = follow(problem, NearestDecision<double>(zoo::finite_alphabet(5, 0.25, 3)));
  const Matrix<double> error = problem.inputs() * problem.weights() - problem.quantized_inputs() * run.decisions;
  CHECK((run.state - error).norm() < 1e-12 * error.norm());
}

TEST_CASE("Samples and Gram form give the same decisions") {
  // c_t = (sum_{s <= t} G_ts w_s - sum_{s < t} H_ts q_s) / H_tt with G = Xq^T X, H = Xq^T Xq.
  const auto problem = zoo::mismatched_layer("gram", {24, 60, 4}, 0.2);
  const Run run = follow(problem, NearestDecision<double>(zoo::infinite_alphabet(4, 0.3)));
  const Matrix<double> cross = problem.quantized_inputs().transpose() * problem.inputs();
  const Matrix<double> gram = problem.quantized_inputs().transpose() * problem.quantized_inputs();
  RowMatrix<double> q = RowMatrix<double>::Zero(60, 4);
  for (Index t = 0; t < 60; ++t)
    for (Index j = 0; j < 4; ++j) {
      double c = cross.row(t).head(t + 1).dot(problem.weights().col(j).head(t + 1)) -
                 gram.row(t).head(t).dot(q.col(j).head(t));
      q(t, j) = 0.3 * std::floor(c / gram(t, t) / 0.3 + 0.5);
    }
  CHECK(run.decisions == q);
}

TEST_CASE("Unrolled, the error is the alignment residual plus the rounding errors along v_t") {
  // Theory F1: u_N = uhat_N + sum_t xi_t v_t, v_t = P_N ... P_{t+1} Xq_t, uhat_N = sum_t w_t P_N ... P_t X_t.
  const auto problem = zoo::mismatched_layer("unrolled", {12, 30, 2}, 0.3);
  const auto rule = NearestDecision<double>(zoo::infinite_alphabet(2, 0.4));
  const Run run = follow(problem, rule);
  for (Index j = 0; j < 2; ++j) {
    Vector u = Vector::Zero(12);
    Vector predicted = Vector::Zero(12);
    for (Index t = 0; t < 30; ++t) {
      u += problem.weights()(t, j) * problem.inputs().col(t);
      const double c = problem.quantized_inputs().col(t).dot(u) / problem.quantized_inputs().col(t).squaredNorm();
      const double xi = c - run.decisions(t, j);
      CHECK(std::abs(xi) <= 0.2 * (1 + 1e-12));
      u -= run.decisions(t, j) * problem.quantized_inputs().col(t);
      predicted += product_of_projectors(problem.quantized_inputs(), t + 1) * problem.quantized_inputs().col(t) * xi;
      predicted +=
          product_of_projectors(problem.quantized_inputs(), t) * problem.inputs().col(t) * problem.weights()(t, j);
    }
    CHECK((run.state.col(j) - predicted).norm() < 1e-12 * predicted.norm());
  }
}

TEST_CASE("On one pair of inputs, following a mismatch is aligning once and then following Xq") {
  const auto problem = zoo::mismatched_layer("two_phases", {15, 50, 3}, 0.2);
  const Run direct = follow(problem, NearestDecision<double>(zoo::infinite_alphabet(3, 0.5)));
  Run aligned = follow(problem, ExactDecision<double>());
  RowMatrix<double> decisions(50, 3);
  RowMatrix<double> state = RowMatrix<double>::Zero(15, 3);
  follow_quantized_path(problem, aligned.decisions, NearestDecision<double>(zoo::infinite_alphabet(3, 0.5)), never,
                        decisions, &state);
  CHECK(decisions == direct.decisions);
  CHECK((direct.state - aligned.state - state).norm() < 1e-12 * direct.state.norm());
}

TEST_CASE("Every further alignment pass multiplies the residual by P = P_N ... P_1") {
  const auto problem = zoo::mismatched_layer("alignment", {10, 25, 2}, 0.3);
  Run run = follow(problem, ExactDecision<double>());
  const Matrix<double> p = product_of_projectors(problem.quantized_inputs(), 0);
  for (int pass = 2; pass <= 4; ++pass) {
    const RowMatrix<double> expected = p * run.state;
    follow_quantized_path(problem, run.decisions, ExactDecision<double>(), never, run.decisions, &run.state);
    CHECK((run.state - expected).norm() < 1e-13 * (1 + expected.norm()));
    const Matrix<double> residual = problem.inputs() * problem.weights() - problem.quantized_inputs() * run.decisions;
    CHECK((run.state - residual).norm() < 1e-11 * (1 + residual.norm()));
  }
}

TEST_CASE("Orthogonal columns leave nothing to follow: path following is memoryless rounding") {
  const Matrix<double> q =
      Matrix<double>(Eigen::HouseholderQR<Matrix<double>>(zoo::gaussian_inputs("orthogonal", 20, 20)).householderQ());
  const LayerProblem<double> problem(q.leftCols(12), std::nullopt, zoo::uniform_weights("orthogonal", 12, 4, 1.0));
  const Alphabet alphabet = zoo::finite_alphabet(4, 0.3, 2);
  RowMatrix<double> rounded(12, 4);
  const NearestDecision<double> nearest(alphabet);
  for (Index t = 0; t < 12; ++t) nearest.decide(t, 4, problem.weights().row(t).data(), rounded.row(t).data());
  CHECK(follow(problem, nearest).decisions == rounded);
}

TEST_CASE("A dead column takes the level of 0 and leaves the state to the float network") {
  auto problem = zoo::mismatched_layer("dead", {8, 10, 2}, 0.2);
  Matrix<double> quantized = problem.quantized_inputs();
  quantized.col(3).setZero();
  const LayerProblem<double> dead(problem.inputs(), quantized, problem.weights());
  const Run run = follow(dead, NearestDecision<double>(zoo::infinite_alphabet(2, 0.5)));
  CHECK(run.decisions.row(3).isZero(0));
  CHECK(run.state.allFinite());
  const Matrix<double> error = dead.inputs() * dead.weights() - dead.quantized_inputs() * run.decisions;
  CHECK((run.state - error).norm() < 1e-12 * error.norm());

  Matrix<double> inputs = problem.inputs();
  inputs.col(0).setZero();
  const LayerProblem<double> same(inputs, std::nullopt, problem.weights());
  CHECK(follow(same, NearestDecision<double>(zoo::infinite_alphabet(2, 0.1))).decisions.row(0).isZero(0));
}

TEST_CASE("Scaling X, rotating the samples, or scaling W with the step changes no decision") {
  const LayerShape shape{18, 45, 3};
  const auto problem = zoo::gaussian_layer("scale", shape);
  const auto base = follow(problem, NearestDecision<double>(zoo::finite_alphabet(3, 0.4, 2)));
  const LayerProblem<double> scaled(4.0 * problem.inputs(), std::nullopt, problem.weights());
  CHECK(follow(scaled, NearestDecision<double>(zoo::finite_alphabet(3, 0.4, 2))).decisions == base.decisions);

  const Matrix<double> rotation =
      Matrix<double>(Eigen::HouseholderQR<Matrix<double>>(zoo::gaussian_inputs("rotation", 18, 18)).householderQ());
  const LayerProblem<double> rotated(rotation * problem.inputs(), std::nullopt, problem.weights());
  CHECK(follow(rotated, NearestDecision<double>(zoo::finite_alphabet(3, 0.4, 2))).decisions == base.decisions);

  const LayerProblem<double> larger(problem.inputs(), std::nullopt, RowMatrix<double>(2.0 * problem.weights()));
  CHECK(follow(larger, NearestDecision<double>(zoo::finite_alphabet(3, 0.8, 2))).decisions ==
        RowMatrix<double>(2.0 * base.decisions));
}

TEST_CASE("A stop is noticed at the next feature") {
  const auto problem = zoo::gaussian_layer("stop", {4, 8, 1});
  std::atomic<bool> stop = true;
  RowMatrix<double> decisions(8, 1);
  RowMatrix<double> state = RowMatrix<double>::Zero(4, 1);
  CHECK_THROWS_AS(follow_path(problem, problem.weights(), ExactDecision<double>(),
                              ExecutionContext(&stop, std::nullopt), decisions, &state),
                  Stopped);
  const ExecutionContext late(nullptr, ExecutionContext::Clock::now() - std::chrono::seconds(1));
  CHECK_THROWS_AS(follow_path(problem, problem.weights(), ExactDecision<double>(), late, decisions, &state), TimedOut);
}

}  // namespace path_following_test
