// Tests of the Gram form against the reference recurrence, and of its inner products.
#include "core/path_following/gram.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/kernels/instructions.hpp"
#include "core/path_following/path_following.hpp"
#include "tests/core/path_following/variants.hpp"

namespace pathquant {
namespace gram_test {

using namespace testing;

template <class S>
Followed<S> follow_gram(const LayerProblem<S>& problem, const DecisionRule<S>& rule, int threads = 1) {
  const auto [samples, width, neurons] = problem.shape();
  Followed<S> run{RowMatrix<S>(width, neurons), {}, 0};
  GramInputs<S> inputs(width, problem.has_mismatch());
  inputs.begin({samples, problem.quantized_inputs().data(), problem.has_mismatch() ? problem.inputs().data() : nullptr,
                samples});
  std::atomic<Index> next = 0;
  std::atomic<std::int64_t> clipped = 0;
  run_team(threads, [&](Team& team) {
    inputs.share();
    inputs.finish();
    GramPath<S>{inputs, problem.weights(), rule, run.decisions, &problem, next, clipped}.follow(ExecutionContext(),
                                                                                                team);
  });
  run.clipped = clipped;
  return run;
}

template <class S>
Followed<S> plainly(const LayerProblem<S>& problem, const DecisionRule<S>& rule) {
  Followed<S> run = follow_reference(problem, problem.has_mismatch() ? PathKind::mismatched : PathKind::matched, rule);
  run.state.resize(0, 0);
  return run;
}

const LayerShape shapes[] = {{1, 1, 1}, {40, 12, 4}, {300, 25, 33}, {600, 100, 17}, {64, 97, 290}};

TEST_CASE("Double precision: decisions and clipped counts are those of the plain recurrence") {
  for (const LayerShape shape : shapes) {
    CAPTURE(shape.width);
    CAPTURE(shape.neurons);
    const LayerProblem<double> same = zoo::gaussian_layer("gram", shape);
    const LayerProblem<double> mismatched = zoo::mismatched_layer("gram", shape, 0.2);
    for (const auto& rule : all_rules<double>(shape.neurons)) {
      check_same(follow_gram(same, *rule), plainly(same, *rule));
      check_same(follow_gram(mismatched, *rule), plainly(mismatched, *rule));
    }
  }
}

TEST_CASE("Double precision: ties and dead columns") {
  const Index m = 30, n = 40, p = 51;
  Matrix<double> x(m, n);
  RowMatrix<double> halves(n, p);
  for (Index t = 0; t < n; ++t) {
    for (Index i = 0; i < m; ++i) x(i, t) = t % 7 == 3 ? 0.0 : static_cast<double>((i * 5 + t * 3 + i * t) % 5 - 2);
    for (Index j = 0; j < p; ++j) halves(t, j) = 0.1 * static_cast<double>((t * 7 + j * 5) % 9 - 4) + 0.05;
  }
  for (const bool mismatch : {false, true}) {
    std::optional<Matrix<double>> quantized;
    if (mismatch) quantized = 0.7 * x;
    const LayerProblem<double> problem(x, quantized, halves);
    const NearestDecision<double> rule(zoo::finite_alphabet(p, 0.1, 4));
    check_same(follow_gram(problem, rule), plainly(problem, rule));
  }
}

TEST_CASE("Double precision, X != Xq: ties at the first feature") {
  const LayerProblem<double> problem = ties_at_the_first_feature();
  const NearestDecision<double> rule(zoo::finite_alphabet(problem.shape().neurons, 0.1, 4));
  check_same(follow_gram(problem, rule), plainly(problem, rule));
}

TEST_CASE_TEMPLATE("The bits depend on neither threads nor instruction sets nor batches of samples", S, float, double) {
  for (const bool mismatch : {false, true}) {
    const LayerShape shape{700, 110, 70};
    const LayerProblem<S> problem =
        zoo::cast<S>(mismatch ? zoo::mismatched_layer("bits", shape, 0.2) : zoo::gaussian_layer("bits", shape));
    const NearestDecision<S> rule(zoo::finite_alphabet(shape.neurons, 0.2, 7));
    const Followed<S> one = follow_gram(problem, rule);
    for (const int threads : {2, 3, 8}) check_same(follow_gram(problem, rule, threads), one);
    for (const auto most : {kernels::Instructions::fma, kernels::Instructions::baseline}) {
      kernels::limit_instructions(most);
      const Followed<S> limited = follow_gram(problem, rule);
      kernels::limit_instructions(kernels::Instructions::avx512);
      check_same(limited, one);
    }

    GramInputs<S> whole(shape.width, mismatch), parts(shape.width, mismatch);
    const auto batch = [&](Index start, Index count) {
      return SampleBatch<S>{count, problem.quantized_inputs().data() + start,
                            mismatch ? problem.inputs().data() + start : nullptr, shape.samples};
    };
    whole.add(batch(0, shape.samples), 2);
    for (const auto& [start, count] : {std::pair<Index, Index>{0, 1}, {1, 299}, {300, 256}, {556, 144}})
      parts.add(batch(start, count), 1);
    whole.finish();
    parts.finish();
    for (Index b = 0; b < whole.blocks(); ++b) {
      const auto rows = static_cast<std::size_t>(block_features * (b + 1) * block_features) * sizeof(S);
      CHECK(std::memcmp(whole.gram().rows(b), parts.gram().rows(b), rows) == 0);
      if (mismatch) CHECK(std::memcmp(whole.difference().rows(b), parts.difference().rows(b), rows) == 0);
    }
  }
}

TEST_CASE("Inner products are those of the columns, above the diagonal 0") {
  const LayerShape shape{50, 41, 1};
  const LayerProblem<double> problem = zoo::mismatched_layer("products", shape, 0.5);
  GramInputs<double> inputs(shape.width, true);
  inputs.add({shape.samples, problem.quantized_inputs().data(), problem.inputs().data(), shape.samples}, 1);
  inputs.finish();
  const Matrix<double> h = problem.quantized_inputs().transpose() * problem.quantized_inputs();
  const Matrix<double> e = problem.quantized_inputs().transpose() * (problem.inputs() - problem.quantized_inputs());
  double off = 0;
  for (Index t = 0; t < shape.width; ++t)
    for (Index k = 0; k < (t / block_features + 1) * block_features; ++k) {
      const Index at = k * block_features + t % block_features;
      off = std::max(off, std::abs(inputs.gram().rows(t / block_features)[at] - (k <= t ? h(t, k) : 0.0)));
      off = std::max(off, std::abs(inputs.difference().rows(t / block_features)[at] - (k <= t ? e(t, k) : 0.0)));
    }
  CHECK(off < 1e-12);
}

TEST_CASE("Single precision: the difference form keeps decisions where X != Xq") {
  const LayerShape shape{1024, 256, 128};
  const LayerProblem<float> problem = zoo::cast<float>(zoo::mismatched_layer("single", shape, 0.1));
  const NearestDecision<float> rule(zoo::finite_alphabet(shape.neurons, 0.2, 7));
  const Followed<float> fast = follow_gram(problem, rule), plain = plainly(problem, rule);
  const Index differing = (fast.decisions.array() != plain.decisions.array()).count();
  CHECK(static_cast<double>(differing) <= 1e-4 * static_cast<double>(fast.decisions.size()));
}

TEST_CASE("Without X, decisions are taken from the inner products alone") {
  const LayerShape shape{200, 30, 20};
  const LayerProblem<double> problem = zoo::gaussian_layer("streamed", shape);
  const NearestDecision<double> rule(zoo::finite_alphabet(shape.neurons, 0.2, 7));
  GramInputs<double> inputs(shape.width, false);
  for (Index start = 0; start < shape.samples; start += 64) {
    const Index count = std::min(Index{64}, shape.samples - start);
    const Matrix<double> batch = problem.inputs().middleRows(start, count);  // all that is held of X
    inputs.add({count, batch.data(), nullptr, count}, 1);
  }
  inputs.finish();
  RowMatrix<double> decisions(shape.width, shape.neurons);
  std::atomic<Index> next = 0;
  std::atomic<std::int64_t> clipped = 0;
  run_team(1, [&](Team& team) {
    GramPath<double>{inputs, problem.weights(), rule, decisions, nullptr, next, clipped}.follow(ExecutionContext(),
                                                                                                team);
  });
  CHECK(same_bits(decisions, plainly(problem, rule).decisions));
}

TEST_CASE("The form is a function of shape and options; every form is reached through follow_path") {
  CHECK(choose_path({32, 1024, 4}, false, {}) == PathVariant::single_neuron);
  CHECK(choose_path({32, 1024, 4}, true, {}) == PathVariant::blocked);
  CHECK(choose_path({32, 1024, 4}, false, {.natural_order = false}) == PathVariant::blocked);
  CHECK(choose_path({1024, 512, 512}, false, {}) == PathVariant::gram);
  CHECK(choose_path({1024, 512, 512}, false, {.state = true}) == PathVariant::blocked);
  CHECK(choose_path({1024, 512, 512}, false, {.natural_order = false}) == PathVariant::blocked);
  CHECK(choose_path({64, 4096, 64}, false, {}) == PathVariant::blocked);
  for (const LayerShape shape : {LayerShape{20, 30, 3}, LayerShape{100, 30, 40}, LayerShape{10, 90, 20}})
    for (const bool mismatch : {false, true}) {
      const LayerProblem<double> problem =
          mismatch ? zoo::mismatched_layer("forms", shape, 0.2) : zoo::gaussian_layer("forms", shape);
      const NearestDecision<double> rule(zoo::finite_alphabet(shape.neurons, 0.2, 7));
      RowMatrix<double> decisions(shape.width, shape.neurons), state;
      const FollowedPath without =
          follow_path(problem, problem.weights(), rule, ExecutionContext().with_threads(2), decisions, nullptr);
      CHECK(without.variant == choose_path(shape, mismatch, {}));
      CHECK(same_bits(decisions, plainly(problem, rule).decisions));
      follow_path(problem, problem.weights(), rule, ExecutionContext(), decisions, &state);
      const Followed<double> plain =
          follow_reference(problem, mismatch ? PathKind::mismatched : PathKind::matched, rule);
      CHECK(same_bits(decisions, plain.decisions));
      CHECK(same_bits(state, plain.state));
    }
}

}  // namespace gram_test
}  // namespace pathquant
