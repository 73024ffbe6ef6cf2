#include "core/decision/threshold_decision.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/decision/deterministic_rounding.hpp"
#include "core/path_following/path_following.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace threshold_decision_test {

// The levels p of minimal 1/2 ||u + w X_t - p Xq_t||^2 + penalty(p) ||Xq_t||^2, found by trying all.
template <class Penalty>
RowMatrix<double> by_minimisation(const LayerProblem<double>& problem, const std::vector<double>& levels,
                                  Penalty penalty) {
  const auto [samples, width, neurons] = problem.shape();
  RowMatrix<double> result(width, neurons);
  for (Index j = 0; j < neurons; ++j) {
    Vector u = Vector::Zero(samples);
    for (Index t = 0; t < width; ++t) {
      const auto xq = problem.quantized_inputs().col(t);
      u += problem.weights()(t, j) * problem.inputs().col(t);
      double least = std::numeric_limits<double>::infinity();
      for (const double p : levels) {
        const double cost = 0.5 * (u - p * xq).squaredNorm() + penalty(p) * xq.squaredNorm();
        if (cost >= least) continue;
        least = cost;
        result(t, j) = p;
      }
      u -= result(t, j) * xq;
    }
  }
  return result;
}

RowMatrix<double> follow(const LayerProblem<double>& problem, const DecisionRule<double>& rule) {
  RowMatrix<double> decisions(problem.shape().width, problem.shape().neurons);
  RowMatrix<double> state = RowMatrix<double>::Zero(problem.shape().samples, problem.shape().neurons);
  follow_path(problem, problem.weights(), rule, ExecutionContext(), decisions, &state);
  return decisions;
}

DeterministicRounding choice(std::map<std::string, Value> given) {
  given.insert({{"alphabet.levels", std::int64_t{5}}, {"alphabet.step", 0.5}});
  return DeterministicRounding::from(
      Parameters(DeterministicRounding::parameters() + AlphabetRule::parameters(), given));
}

TEST_CASE_TEMPLATE("Soft decisions by hand", S, float, double) {
  const SoftDecision<S> soft(zoo::finite_alphabet(9, 0.5, 2), 0.25);
  const std::vector<S> c = {S(0), S(0.25), S(0.5), S(-0.5), S(-0.51), S(0.99), S(1), S(1.5), S(-9)};
  const std::vector<S> expected = {S(0), S(0), S(0.5), S(0), S(-0.5), S(0.5), S(1), S(1), S(-1)};
  std::vector<S> q(9);
  CHECK(soft.decide(0, 9, c.data(), q.data()) == 2);  // 1.5 - 0.25 lies on the last threshold
  CHECK(q == expected);
}

TEST_CASE_TEMPLATE("Hard decisions by hand", S, float, double) {
  const HardDecision<S> hard(zoo::finite_alphabet(9, 0.5, 2), 0.25);
  const std::vector<S> c = {S(0), S(0.25), S(-0.25), S(0.26), S(0.5), S(-0.5), S(-0.51), S(1.5), S(-9)};
  const std::vector<S> expected = {S(0), S(0), S(0), S(0.25), S(0.75), S(-0.25), S(-0.75), S(1.25), S(-1.25)};
  std::vector<S> q(9);
  CHECK(hard.decide(0, 9, c.data(), q.data()) == 2);
  CHECK(q == expected);
}

TEST_CASE("Without a threshold both are the nearest level") {
  const Alphabet alphabet = zoo::finite_alphabet(7, 0.3, 2);
  const RowMatrix<double> arguments = zoo::uniform_weights("no threshold", 100, 7, 1.2);
  std::vector<double> nearest(7), soft(7), hard(7);
  for (Index t = 0; t < 100; ++t) {
    const double* c = arguments.row(t).data();
    const auto clipped = NearestDecision<double>(alphabet).decide(t, 7, c, nearest.data());
    CHECK(SoftDecision<double>(alphabet, 0).decide(t, 7, c, soft.data()) == clipped);
    CHECK(HardDecision<double>(alphabet, 0).decide(t, 7, c, hard.data()) == clipped);
    CHECK(soft == nearest);
    CHECK(hard == nearest);
  }
}

TEST_CASE(
    "Soft decisions minimise the running error and lambda |p|, hard ones it and the number of weights that are not 0") {
  const double step = 0.4;
  for (const double lambda : {0.05, 0.3, 1.0})
    for (const bool mismatch : {false, true}) {
      CAPTURE(lambda);
      const auto problem =
          mismatch ? zoo::mismatched_layer("greedy", {9, 40, 4}, 0.3) : zoo::gaussian_layer("greedy", {9, 40, 4}, 1.5);
      std::vector<double> soft_levels, hard_levels = {0};
      for (int k = -2; k <= 2; ++k) soft_levels.push_back(k * step);
      for (int k = 0; k <= 2; ++k)
        for (const double sign : {-1.0, 1.0}) hard_levels.push_back(sign * (lambda + k * step));
      CHECK(follow(problem, SoftDecision<double>(zoo::finite_alphabet(4, step, 2), lambda)) ==
            by_minimisation(problem, soft_levels, [&](double p) { return lambda * std::abs(p); }));
      CHECK(follow(problem, HardDecision<double>(zoo::finite_alphabet(4, step, 2), lambda)) ==
            by_minimisation(problem, hard_levels, [&](double p) { return p == 0 ? 0 : lambda * lambda / 2; }));
    }
}

TEST_CASE("Decision and threshold go together, and with a mid-tread alphabet") {
  CHECK(choice({}).rounding == Rounding::nearest);
  CHECK(choice({{"decision", "soft"}, {"threshold", 0.1}}).rounding == Rounding::soft);
  CHECK(choice({{"decision", "hard"}, {"threshold", 0.1}}).threshold == 0.1);
  CHECK_THROWS_AS(choice({{"threshold", 0.1}}), std::invalid_argument);
  CHECK_THROWS_AS(choice({{"decision", "soft"}}), std::invalid_argument);
  CHECK_THROWS_AS(choice({{"decision", "hard"}, {"threshold", -0.1}}), std::invalid_argument);
  CHECK_THROWS_AS(choice({{"decision", "soft"},
                          {"threshold", 0.1},
                          {"alphabet.kind", "midrise"},
                          {"alphabet.levels", std::int64_t{4}}}),
                  std::invalid_argument);
  CHECK_THROWS_AS(choice({{"decision", "hard"}, {"threshold", 0.1}, {"alphabet.convention", "lybrand-saab"}}),
                  std::invalid_argument);
  const Alphabet midrise{Vector::Ones(1), 2, AlphabetKind::midrise};
  CHECK_THROWS_AS((DeterministicRounding{Rounding::soft, 0.1}.rule<double>(midrise)), std::invalid_argument);
}

}  // namespace threshold_decision_test
