// Tests of single-neuron path following against the reference recurrence.
#include "core/path_following/single_neuron.hpp"

#include <doctest/doctest.h>

#include "core/kernels/instructions.hpp"
#include "tests/core/path_following/variants.hpp"

namespace pathquant {
namespace single_neuron_test {

using namespace testing;

template <class S>
Followed<S> follow_one_by_one(const LayerProblem<S>& problem, const DecisionRule<S>& rule,
                              const RowMatrix<S>& start = {}) {
  Followed<S> run{RowMatrix<S>(problem.shape().width, problem.shape().neurons), start, 0};
  run.clipped = follow_single_neuron(problem, problem.weights(), rule, ExecutionContext(), run.decisions, &run.state);
  return run;
}

// Samples beside the lanes of vectors.
const LayerShape shapes[] = {{1, 1, 1}, {1, 50, 2}, {7, 40, 4}, {8, 30, 1}, {16, 30, 3}, {33, 60, 2}, {100, 90, 1}};

TEST_CASE("Double precision: decisions, states and clipped counts are those of the plain recurrence") {
  for (const LayerShape shape : shapes) {
    CAPTURE(shape.samples);
    const LayerProblem<double> problem = zoo::gaussian_layer("few", shape);
    const RowMatrix<double> start = zoo::gaussian_inputs("start", shape.samples, shape.neurons);
    for (const auto& rule : all_rules<double>(shape.neurons)) {
      check_same(follow_one_by_one(problem, *rule), follow_reference(problem, PathKind::matched, *rule));
      check_same(follow_one_by_one(problem, *rule, start),
                 follow_reference(problem, PathKind::matched, *rule, {}, start));
    }
  }
}

TEST_CASE("Double precision: ties and dead columns") {
  const Index m = 21, n = 60, p = 3;
  for (const bool orthogonal : {false, true}) {
    Matrix<double> x(m, n);
    RowMatrix<double> halves(n, p);
    for (Index t = 0; t < n; ++t) {
      for (Index i = 0; i < m; ++i)
        x(i, t) = orthogonal ? (i == t % m ? 1.0 / 3 : 0.0) : static_cast<double>((i * 5 + t * 3 + i * t) % 7 - 3);
      if (t % 11 == 5) x.col(t).setZero();
      for (Index j = 0; j < p; ++j) halves(t, j) = 0.1 * static_cast<double>((t * 7 + j * 5) % 9 - 4) + 0.05;
    }
    const LayerProblem<double> problem(x, std::nullopt, halves);
    const NearestDecision<double> rule(zoo::finite_alphabet(p, 0.1, 4));
    check_same(follow_one_by_one(problem, rule), follow_reference(problem, PathKind::matched, rule));
  }
}

TEST_CASE_TEMPLATE("The bits do not depend on the instruction set", S, float, double) {
  for (const LayerShape shape : shapes) {
    const LayerProblem<S> problem = zoo::cast<S>(zoo::gaussian_layer("bits", shape));
    for (const auto& rule : all_rules<S>(shape.neurons)) {
      const Followed<S> best = follow_one_by_one(problem, *rule);
      for (const auto most : {kernels::Instructions::fma, kernels::Instructions::baseline}) {
        kernels::limit_instructions(most);
        const Followed<S> limited = follow_one_by_one(problem, *rule);
        kernels::limit_instructions(kernels::Instructions::avx512);
        check_same(limited, best);
      }
    }
  }
}

TEST_CASE("Single precision: at most one decision in 10^4 differs") {
  Index differing = 0, all = 0;
  for (int trial = 0; trial < 40; ++trial) {
    const LayerProblem<float> problem =
        zoo::cast<float>(zoo::gaussian_layer("single" + std::to_string(trial), {32, 500, 4}));
    const NearestDecision<float> rule(zoo::finite_alphabet(4, 0.2, 7));
    const Followed<float> fast = follow_one_by_one(problem, rule),
                          plain = follow_reference(problem, PathKind::matched, rule);
    differing += (fast.decisions.array() != plain.decisions.array()).count();
    all += fast.decisions.size();
  }
  CHECK(static_cast<double>(differing) <= 1e-4 * static_cast<double>(all));
}

}  // namespace single_neuron_test
}  // namespace pathquant
