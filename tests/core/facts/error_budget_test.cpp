// Tests of the error budget: the three shares as sums over explicit products of projectors.
#include "core/facts/error_budget.hpp"

#include <doctest/doctest.h>

#include <Eigen/Dense>
#include <atomic>
#include <cmath>

#include "tests/core/layer_zoo.hpp"

namespace pathquant {
namespace error_budget_test {

using Dense = Eigen::MatrixXd;

Dense projector(const Eigen::VectorXd& x) {
  Dense p = Dense::Identity(x.size(), x.size());
  if (x.squaredNorm() > 0) p -= x * x.transpose() / x.squaredNorm();
  return p;
}

struct Shares {
  Dense alignment, rounding, clipping;
};

// Uhat = sum_t P_N .. P_t X_t w_t^T, the others sum_t P_N .. P_{t+1} Xq_t times the two parts of the rounding error.
Shares by_definition(const LayerProblem<double>& problem, const RowMatrix<double>& q, double lowest, double highest) {
  const auto [m, n, neurons] = problem.shape();
  Shares shares{Dense::Zero(m, neurons), Dense::Zero(m, neurons), Dense::Zero(m, neurons)};
  Dense u = Dense::Zero(m, neurons);
  for (Index t = 0; t < n; ++t) {
    const Eigen::VectorXd xq = problem.quantized_inputs().col(t);
    Dense later = Dense::Identity(m, m);
    for (Index s = n - 1; s > t; --s) later *= projector(problem.quantized_inputs().col(s));
    u += problem.inputs().col(t) * problem.weights().row(t);
    const Eigen::RowVectorXd c =
        xq.squaredNorm() > 0 ? Eigen::RowVectorXd(xq.transpose() * u / xq.squaredNorm()) : q.row(t);
    const Eigen::RowVectorXd inside = c.cwiseMax(lowest).cwiseMin(highest);
    shares.alignment += later * projector(xq) * problem.inputs().col(t) * problem.weights().row(t);
    shares.rounding += later * xq * (inside - q.row(t));
    shares.clipping += later * xq * (c - inside);
    u -= xq * q.row(t);
  }
  return shares;
}

void check(const LayerProblem<double>& problem, const RowMatrix<double>& q, const Alphabet& alphabet,
           const QuantizerTraits& traits, double lowest, double highest) {
  const Shares expected = by_definition(problem, q, lowest, highest);
  const ErrorBudget budget = error_budget(problem, q, alphabet, traits, ExecutionContext());
  const Dense error = problem.inputs() * problem.weights() - problem.quantized_inputs() * q;
  const auto near = [&](double number) { return doctest::Approx(number).epsilon(1e-10 * error.squaredNorm()); };
  CHECK(budget.alignment == near(expected.alignment.squaredNorm()));
  CHECK(budget.rounding == near(expected.rounding.squaredNorm()));
  CHECK(budget.clipping == near(expected.clipping.squaredNorm()));
  CHECK(budget.alignment_rounding == near(2 * expected.alignment.cwiseProduct(expected.rounding).sum()));
  CHECK(budget.alignment_clipping == near(2 * expected.alignment.cwiseProduct(expected.clipping).sum()));
  CHECK(budget.rounding_clipping == near(2 * expected.rounding.cwiseProduct(expected.clipping).sum()));
  CHECK(budget.total() == doctest::Approx(error.squaredNorm()).epsilon(1e-12).scale(0));
}

RowMatrix<double> some_levels(LayerShape shape, double step) {
  return (step * zoo::uniform_weights("levels", shape.width, shape.neurons, 2.49).array().round()).matrix();
}

TEST_CASE("error budget: the definition, for whatever Q") {
  for (const LayerShape shape : {LayerShape{3, 9, 2}, {8, 4, 3}, {1, 5, 1}})
    for (const bool mismatch : {false, true}) {
      const LayerProblem<double> problem =
          mismatch ? zoo::mismatched_layer("budget", shape, 0.3) : zoo::gaussian_layer("budget", shape);
      const RowMatrix<double> q = some_levels(shape, 0.4);
      Alphabet alphabet = zoo::finite_alphabet(shape.neurons, 0.4, 2);
      check(problem, q, alphabet, {}, -1.0, 1.0);  // (2 + 1/2) .4
      check(problem, q, alphabet, {.rounding = Rounding::soft, .threshold = 0.25}, -1.25, 1.25);
      alphabet.kind = AlphabetKind::midrise;
      check(problem, q, alphabet, {}, -0.8, 0.8);
      alphabet.half_levels.reset();
      check(problem, q, alphabet, {}, -INFINITY, INFINITY);
      alphabet.kind = AlphabetKind::list;
      alphabet.values = {-2.0, -1.0, 1.0, 4.0};
      check(problem, q, alphabet, {}, -2.5 * 0.4, 5.5 * 0.4);
    }
}

TEST_CASE("error budget: dead columns take no part but for what X leaves there") {
  Matrix<double> x = zoo::gaussian_inputs("dead", 4, 6), xq = x;
  xq.col(2).setZero();
  xq.col(5).setZero();
  const LayerProblem<double> problem(x, xq, zoo::uniform_weights("dead", 6, 2, 1.0));
  check(problem, some_levels(problem.shape(), 0.4), zoo::finite_alphabet(2, 0.4, 2), {}, -1.0, 1.0);
}

TEST_CASE("error budget: no share where there is no cause") {
  const LayerShape shape{4, 30, 3};
  const LayerProblem<double> problem = zoo::gaussian_layer("shares", shape);
  const RowMatrix<double> q = some_levels(shape, 0.4);
  const ErrorBudget infinite = error_budget(problem, q, zoo::infinite_alphabet(3, 0.4), {}, ExecutionContext());
  CHECK(infinite.alignment == 0);
  CHECK(infinite.clipping == 0);
  CHECK(infinite.total() == infinite.rounding);
  const RowMatrix<float> single = q.cast<float>();
  CHECK(error_budget(zoo::cast<float>(problem), single, zoo::infinite_alphabet(3, 0.4), {}, ExecutionContext())
            .rounding == doctest::Approx(infinite.rounding).epsilon(1e-5).scale(0));
  const std::atomic<bool> stop = true;
  CHECK_THROWS_AS(error_budget(problem, q, zoo::infinite_alphabet(3, 0.4), {}, ExecutionContext(&stop, {})), Stopped);
}

}  // namespace error_budget_test
}  // namespace pathquant
