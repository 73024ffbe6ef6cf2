// Tests of blocked path following against the reference recurrence: bit for bit in double precision, on many kinds of
// layers.
#include "core/path_following/blocked.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>
#include <thread>

#include "core/kernels/instructions.hpp"
#include "core/path_following/path_following.hpp"
#include "tests/core/path_following/variants.hpp"

namespace pathquant {
namespace blocked_test {

using namespace testing;

template <class S>
Followed<S> follow_blocked(const LayerProblem<S>& problem, PathKind kind, const DecisionRule<S>& rule, int threads = 1,
                           std::span<const Index> order = {}, const RowMatrix<S>& start = {}) {
  const auto [samples, width, neurons] = problem.shape();
  Followed<S> run{RowMatrix<S>(width, neurons), start, 0};
  if (start.size() == 0) run.state.resize(samples, neurons);
  StripInputs<S> inputs(problem.pair(), kind, order);
  std::atomic<Index> next = 0;
  std::atomic<std::int64_t> clipped = 0;
  const BlockedPath<S> path{inputs,     problem.weights(), rule, run.decisions,
                            &run.state, start.size() == 0, next, clipped};
  run_team(threads, [&](Team& team) { path.follow(ExecutionContext(), team); });
  run.clipped = clipped;
  return run;
}

// Rows, features and neurons beside the sizes of panels, blocks and strips.
const LayerShape shapes[] = {{1, 1, 1},     {1, 40, 3},   {7, 12, 4},    {3, 13, 9},   {64, 25, 16},
                             {150, 30, 33}, {9, 100, 70}, {40, 11, 300}, {145, 24, 17}};

TEST_CASE("Double precision: decisions, states and clipped counts are those of the plain recurrence") {
  for (const LayerShape shape : shapes) {
    CAPTURE(shape.samples);
    CAPTURE(shape.width);
    CAPTURE(shape.neurons);
    const LayerProblem<double> same = zoo::gaussian_layer("strips", shape);
    const LayerProblem<double> mismatched = zoo::mismatched_layer("strips", shape, 0.2);
    for (const auto& rule : all_rules<double>(shape.neurons)) {
      check_same(follow_blocked(same, PathKind::matched, *rule), follow_reference(same, PathKind::matched, *rule));
      check_same(follow_blocked(mismatched, PathKind::mismatched, *rule),
                 follow_reference(mismatched, PathKind::mismatched, *rule));
    }
  }
}

TEST_CASE("Double precision: orders of permutation, a state to start from, dead columns") {
  const LayerShape shape{31, 50, 21};
  LayerProblem<double> base = zoo::mismatched_layer("orders", shape, 0.1);
  Matrix<double> inputs = base.inputs(), quantized = base.quantized_inputs();
  quantized.col(5).setZero();
  quantized.col(12).setZero();
  inputs.col(12).setZero();
  inputs.col(30).setZero();
  const LayerProblem<double> problem(inputs, quantized, base.weights());
  std::vector<Index> order(50);
  std::iota(order.begin(), order.end(), Index{0});
  std::reverse(order.begin() + 3, order.end() - 4);
  const RowMatrix<double> start = zoo::gaussian_inputs("start", shape.samples, shape.neurons);
  for (const auto& rule : all_rules<double>(shape.neurons))
    for (const PathKind kind : {PathKind::matched, PathKind::mismatched}) {
      check_same(follow_blocked(problem, kind, *rule, 1, order, start),
                 follow_reference(problem, kind, *rule, order, start));
      check_same(follow_blocked(problem, kind, *rule), follow_reference(problem, kind, *rule));
    }
}

// Arguments that lie on a tie but for rounding, over and over: what no order of summation decides by luck.
TEST_CASE("Double precision: layers made of ties") {
  const Index m = 24, n = 40, p = 51;
  RowMatrix<double> halves(n, p);
  for (Index t = 0; t < n; ++t)
    for (Index j = 0; j < p; ++j) halves(t, j) = 0.1 * static_cast<double>((t * 7 + j * 5) % 9 - 4) + 0.05;
  Matrix<double> integers(m, n), hadamard(m, n), repeated(m, n), thirds(m, n);
  for (Index t = 0; t < n; ++t)
    for (Index i = 0; i < m; ++i) {
      integers(i, t) = static_cast<double>((i * 5 + t * 3 + i * t) % 7 - 3);
      hadamard(i, t) = __builtin_parityll(static_cast<unsigned long long>(i & t)) != 0 ? -1.0 : 1.0;
      repeated(i, t) = static_cast<double>(i % 5) + 0.1;
      thirds(i, t) = i == t % m ? 1.0 / 3 : 0.0;
    }
  const Vector steps = Vector::Constant(p, 0.1);
  for (const Matrix<double>& x : {integers, hadamard, repeated, thirds}) {
    const LayerProblem<double> same(x, std::nullopt, halves);
    const LayerProblem<double> mismatched(x, Matrix<double>(0.7 * x), halves);
    for (const bool ties_to_lower : {false, true}) {
      const NearestDecision<double> rule(Alphabet{steps, 4, AlphabetKind::midtread, {}, ties_to_lower});
      check_same(follow_blocked(same, PathKind::matched, rule), follow_reference(same, PathKind::matched, rule));
      check_same(follow_blocked(mismatched, PathKind::mismatched, rule),
                 follow_reference(mismatched, PathKind::mismatched, rule));
      kernels::limit_instructions(kernels::Instructions::fma);
      check_same(follow_blocked(same, PathKind::matched, rule), follow_reference(same, PathKind::matched, rule));
      kernels::limit_instructions(kernels::Instructions::avx512);
      // Over the weights that are followed.
      const Followed<double> apart = follow_blocked(same, PathKind::matched, rule);
      RowMatrix<double> weights = halves, state(m, p);
      std::atomic<Index> next = 0;
      std::atomic<std::int64_t> clipped = 0;
      const BlockedPath<double> path{
          same.pair().strips(PathKind::matched), weights, rule, weights, &state, true, next, clipped};
      run_team(1, [&](Team& team) { path.follow(ExecutionContext(), team); });
      CHECK(same_bits(weights, apart.decisions));
    }
    const HardDecision<double> hard(Alphabet{steps, 4}, 0.15);
    check_same(follow_blocked(same, PathKind::matched, hard), follow_reference(same, PathKind::matched, hard));
  }
}

TEST_CASE("Double precision, X != Xq: ties at the first feature") {
  const LayerProblem<double> problem = ties_at_the_first_feature();
  const NearestDecision<double> rule(Alphabet{Vector::Constant(problem.shape().neurons, 0.1), 4});
  check_same(follow_blocked(problem, PathKind::mismatched, rule),
             follow_reference(problem, PathKind::mismatched, rule));
}

TEST_CASE("Layers on one X that are followed at the same time share what is packed") {
  const LayerShape shape{30, 400, 40};
  const LayerProblem<float> problem = zoo::cast<float>(zoo::gaussian_layer("shared", shape));
  const NearestDecision<float> rule(zoo::finite_alphabet(shape.neurons, 0.2, 7));
  const Followed<float> alone = follow_blocked(problem, PathKind::matched, rule);
  std::vector<Followed<float>> runs(4);
  std::vector<std::thread> tasks;
  for (Followed<float>& run : runs)
    tasks.emplace_back([&] {
      run.decisions.resize(shape.width, shape.neurons);
      run.clipped =
          follow_path(problem, problem.weights(), rule, ExecutionContext().with_threads(2), run.decisions, &run.state)
              .clipped;
    });
  for (std::thread& task : tasks) task.join();
  for (const Followed<float>& run : runs) check_same(run, alone);
}

TEST_CASE_TEMPLATE("The bits depend on neither threads nor instruction sets", S, float, double) {
  for (const LayerShape shape : {LayerShape{50, 61, 285}, LayerShape{200, 20, 5}})
    for (const bool pair : {false, true}) {
      const LayerProblem<S> problem =
          zoo::cast<S>(pair ? zoo::mismatched_layer("bits", shape, 0.2) : zoo::gaussian_layer("bits", shape));
      const PathKind kind = pair ? PathKind::mismatched : PathKind::matched;
      for (const auto& rule : all_rules<S>(shape.neurons)) {
        const Followed<S> one = follow_blocked(problem, kind, *rule);
        for (const int threads : {2, 3, 8}) check_same(follow_blocked(problem, kind, *rule, threads), one);
        for (const auto most : {kernels::Instructions::fma, kernels::Instructions::baseline}) {
          kernels::limit_instructions(most);
          const Followed<S> limited = follow_blocked(problem, kind, *rule);
          kernels::limit_instructions(kernels::Instructions::avx512);
          check_same(limited, one);
        }
      }
    }
}

TEST_CASE("Single precision: at most one decision in 10^4 differs, and the error by at most 3e-4") {
  for (const LayerShape shape : {LayerShape{128, 256, 128}, LayerShape{512, 128, 128}, LayerShape{32, 1024, 64}}) {
    const LayerProblem<float> problem = zoo::cast<float>(zoo::gaussian_layer("single", shape));
    const NearestDecision<float> rule(zoo::finite_alphabet(shape.neurons, 0.2, 7));
    const Followed<float> fast = follow_blocked(problem, PathKind::matched, rule);
    const Followed<float> plain = follow_reference(problem, PathKind::matched, rule);
    const Index differing = (fast.decisions.array() != plain.decisions.array()).count();
    CHECK(static_cast<double>(differing) <= 1e-4 * static_cast<double>(fast.decisions.size()));
    CHECK(fast.state.cast<double>().norm() / plain.state.cast<double>().norm() ==
          doctest::Approx(1).epsilon(3e-4).scale(0));
  }
}

TEST_CASE("Decisions may be written over the weights that are followed") {
  const LayerShape shape{20, 33, 37};
  const LayerProblem<double> problem = zoo::mismatched_layer("in place", shape, 0.3);
  for (const PathKind kind : {PathKind::matched, PathKind::mismatched}) {
    const Followed<double> apart = follow_blocked(problem, kind, ExactDecision<double>());
    RowMatrix<double> weights = problem.weights(), state(shape.samples, shape.neurons);
    const ExactDecision<double> rule;
    std::atomic<Index> next = 0;
    std::atomic<std::int64_t> clipped = 0;
    const BlockedPath<double> path{problem.pair().strips(kind), weights, rule, weights, &state, true, next, clipped};
    run_team(1, [&](Team& team) { path.follow(ExecutionContext(), team); });
    CHECK(same_bits(weights, apart.decisions));
    CHECK(same_bits(state, apart.state));
  }
}

TEST_CASE("A stopped layer throws in whoever asked for it, with any number of threads") {
  const LayerProblem<double> problem = zoo::gaussian_layer("stop", {30, 60, 600});
  const NearestDecision<double> rule(zoo::finite_alphabet(600, 0.2, 7));
  const std::atomic<bool> stop = true;
  RowMatrix<double> decisions(60, 600);
  for (const int threads : {1, 3})
    for (const bool with_state : {false, true}) {
      RowMatrix<double> state;
      const ExecutionContext stopped = ExecutionContext(&stop, std::nullopt).with_threads(threads);
      CHECK_THROWS_AS(follow_path(problem, problem.weights(), rule, stopped, decisions, with_state ? &state : nullptr),
                      Stopped);
    }
}

}  // namespace blocked_test
}  // namespace pathquant
