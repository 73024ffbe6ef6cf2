// Tests of batched path following against the reference recurrence, one layer at a time.
#include "core/path_following/batched.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "core/kernels/instructions.hpp"
#include "tests/core/path_following/variants.hpp"

namespace pathquant {
namespace batched_test {

using namespace testing;

enum class Kind { nearest, midrise, infinite, soft, hard, stochastic, stochastic_infinite };
constexpr Kind kinds[] = {Kind::nearest, Kind::midrise,    Kind::infinite,           Kind::soft,
                          Kind::hard,    Kind::stochastic, Kind::stochastic_infinite};

/// Layer `number`'s own steps and draws, all with the same levels.
template <class S>
std::unique_ptr<DecisionRule<S>> rule_of(Kind kind, Index number, Index neurons) {
  Vector steps(neurons);
  for (Index j = 0; j < neurons; ++j) steps(j) = 0.2 + 0.01 * static_cast<double>((3 * number + j) % 11);
  const Alphabet finite{steps, 3}, infinite{steps, std::nullopt}, midrise{steps, 4, AlphabetKind::midrise};
  const Stream draws("lanes/" + std::to_string(number));
  switch (kind) {
    case Kind::nearest:
      return std::make_unique<NearestDecision<S>>(finite);
    case Kind::midrise:
      return std::make_unique<NearestDecision<S>>(midrise);
    case Kind::infinite:
      return std::make_unique<NearestDecision<S>>(infinite);
    case Kind::soft:
      return std::make_unique<SoftDecision<S>>(finite, 0.1);
    case Kind::hard:
      return std::make_unique<HardDecision<S>>(finite, 0.2);
    case Kind::stochastic:
      return std::make_unique<StochasticDecision<S>>(finite, draws);
    case Kind::stochastic_infinite:
      break;
  }
  return std::make_unique<StochasticDecision<S>>(infinite, draws);
}

/// Layers and what follows them.
template <class S>
struct Batch {
  std::vector<LayerProblem<S>> problems;
  std::vector<std::unique_ptr<DecisionRule<S>>> rules;

  void add(LayerProblem<S> problem, Kind kind) {
    rules.push_back(rule_of<S>(kind, static_cast<Index>(problems.size()), problem.shape().neurons));
    problems.push_back(std::move(problem));
  }
  std::vector<Followed<S>> follow(int threads = 1, const std::vector<RowMatrix<S>>& starts = {}) const {
    std::vector<Followed<S>> runs(problems.size());
    std::vector<BatchedLayer<S>> layers;
    for (std::size_t k = 0; k < problems.size(); ++k) {
      if (!starts.empty()) runs[k].state = starts[k];
      layers.push_back(
          {&problems[k].inputs(), &problems[k].weights(), rules[k].get(), &runs[k].decisions, &runs[k].state});
    }
    const auto clipped = follow_batched<S>(layers, ExecutionContext().with_threads(threads));
    for (std::size_t k = 0; k < runs.size(); ++k) runs[k].clipped = clipped[k];
    return runs;
  }
  void check(const std::vector<Followed<S>>& runs, const std::vector<RowMatrix<S>>& starts = {}) const {
    for (std::size_t k = 0; k < runs.size(); ++k) {
      CAPTURE(k);
      check_same(runs[k], follow_reference(problems[k], PathKind::matched, *rules[k], {},
                                           starts.empty() ? RowMatrix<S>() : starts[k]));
    }
  }
};

/// Runs body with every instruction set, the best one last.
template <class Body>
void with_all_instructions(Body&& body) {
  for (const auto most : {kernels::Instructions::baseline, kernels::Instructions::fma, kernels::Instructions::avx512}) {
    kernels::limit_instructions(most);
    CAPTURE(static_cast<int>(most));
    body();
  }
}

template <class S>
Batch<S> gaussian_batch(Index layers, LayerShape shape, Kind kind) {
  Batch<S> batch;
  for (Index k = 0; k < layers; ++k)
    batch.add(zoo::cast<S>(zoo::gaussian_layer("lanes" + std::to_string(k), shape)), kind);
  return batch;
}

struct Case {
  Index layers;
  LayerShape shape;
};
// Counts beside the lanes of a group, samples and features beside those of a vector, and more features than a chunk.
const Case cases[] = {{1, {1, 1, 1}},   {3, {1, 40, 1}},   {33, {2, 9, 1}},    {40, {9, 17, 1}}, {5, {16, 33, 1}},
                      {2, {7, 300, 1}}, {70, {32, 20, 1}}, {4, {100, 130, 1}}, {9, {5, 21, 3}},  {3, {20, 16, 25}}};

TEST_CASE_TEMPLATE("Decisions, states and counts are those of the plain recurrence, bit for bit", S, float, double) {
  with_all_instructions([] {
    for (const Case& one : cases)
      for (const Kind kind : kinds) {
        CAPTURE(one.shape.samples);
        CAPTURE(static_cast<int>(kind));
        const auto batch = gaussian_batch<S>(one.layers, one.shape, kind);
        batch.check(batch.follow());
      }
  });
}

TEST_CASE_TEMPLATE("From given states, by several threads, and without a place for states", S, float, double) {
  const LayerShape shape{6, 150, 3};
  const auto batch = gaussian_batch<S>(50, shape, Kind::stochastic);
  std::vector<RowMatrix<S>> starts;
  for (std::size_t k = 0; k < batch.problems.size(); ++k) {
    starts.push_back(zoo::gaussian_inputs("start" + std::to_string(k), 6, 3).cast<S>());
  }
  for (const int threads : {1, 3}) batch.check(batch.follow(threads, starts), starts);

  std::vector<RowMatrix<S>> decisions(batch.problems.size());
  std::vector<BatchedLayer<S>> layers;
  for (std::size_t k = 0; k < decisions.size(); ++k)
    layers.push_back({&batch.problems[k].inputs(), &batch.problems[k].weights(), batch.rules[k].get(), &decisions[k]});
  follow_batched<S>(layers, ExecutionContext());
  const auto runs = batch.follow();
  for (std::size_t k = 0; k < decisions.size(); ++k) CHECK(same_bits(decisions[k], runs[k].decisions));
}

TEST_CASE_TEMPLATE("A state of negative zero keeps its sign where nothing is added", S, float, double) {
  Matrix<S> x(2, 1);
  x << S(1), S(0);
  const RowMatrix<S> w = RowMatrix<S>::Constant(1, 1, S(0.19));  // below its level 0.2: -0 is added to -0
  RowMatrix<S> start(2, 1);
  start << S(0), S(-0.0);
  Batch<S> batch;
  batch.add(LayerProblem<S>(x, std::nullopt, w), Kind::nearest);
  with_all_instructions([&] {
    const auto runs = batch.follow(1, {start});
    CHECK(std::signbit(runs[0].state(1, 0)));
    batch.check(runs, {start});
  });
}

TEST_CASE_TEMPLATE("Ties, dead columns, negative zeros, denormal numbers and levels far away", S, float, double) {
  const Index m = 21, n = 60;
  with_all_instructions([&] {
    for (const Kind kind : kinds) {
      Batch<S> batch;
      for (Index k = 0; k < 35; ++k) {
        Matrix<S> x(m, n);
        RowMatrix<S> w(n, 1);
        for (Index t = 0; t < n; ++t) {
          for (Index i = 0; i < m; ++i)
            x(i, t) = k % 2 == 0 ? static_cast<S>(i == t % m ? 1.0 / 3 : 0.0) : static_cast<S>((i * 5 + t * k) % 7 - 3);
          if ((t + k) % 11 == 5) x.col(t).setConstant(S(-0.0));
          // Denormal beside one that is not: the column is as good as any.
          if ((t + k) % 13 == 2) x(0, t) = 1, x(1, t) = std::numeric_limits<S>::denorm_min();
          if (t % 5 == k % 5) x(2, t) = 1;
          w(t, 0) = static_cast<S>(0.1 * static_cast<double>((t * 7 + k) % 9 - 4) + 0.05);
          if ((t + k) % 17 == 3) w(t, 0) = -std::numeric_limits<S>::denorm_min();
          if (k == 4 && t % 7 == 0) w(t, 0) = std::numeric_limits<S>::max() / 4;
        }
        batch.add(LayerProblem<S>(std::move(x), std::nullopt, std::move(w)), kind);
      }
      batch.check(batch.follow());
    }
  });
}

/// What follow_batched says of these layers; empty: nothing.
template <class S>
std::string refusal(const std::vector<BatchedLayer<S>>& layers) {
  try {
    follow_batched<S>(layers, ExecutionContext());
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}
bool says(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE_TEMPLATE("Misuse is refused before anything is written, with the rule as text", S, float, double) {
  const Matrix<S> x = Matrix<S>::Ones(3, 4);
  const RowMatrix<S> w = RowMatrix<S>::Ones(4, 1);
  const auto rule = rule_of<S>(Kind::nearest, 0, 1), other = rule_of<S>(Kind::midrise, 0, 1);
  const auto random = rule_of<S>(Kind::stochastic, 0, 1);
  RowMatrix<S> q, q2, state = RowMatrix<S>::Ones(2, 1);
  const BatchedLayer<S> right{&x, &w, rule.get(), &q};
  const auto beside = [&](auto change) {
    BatchedLayer<S> wrong{&x, &w, rule.get(), &q2};
    change(wrong);
    const std::string text = refusal<S>({right, wrong});
    CHECK(q.size() == 0);
    return text;
  };
  CHECK(says(refusal<S>({}), "at least one layer"));
  CHECK(says(beside([](BatchedLayer<S>& layer) { layer.rule = nullptr; }), "needs inputs, weights, a rule"));
  const Matrix<S> more_samples = Matrix<S>::Ones(4, 4), wider = Matrix<S>::Ones(3, 5), none(0, 4);
  const RowMatrix<S> longer = RowMatrix<S>::Ones(5, 1), two = RowMatrix<S>::Ones(4, 2);
  CHECK(says(beside([&](BatchedLayer<S>& layer) { layer.inputs = &more_samples; }), "one shape"));
  CHECK(says(beside([&](BatchedLayer<S>& layer) { layer.inputs = &wider, layer.weights = &longer; }), "one shape"));
  CHECK(says(beside([&](BatchedLayer<S>& layer) { layer.weights = &longer; }), "one shape"));
  CHECK(says(beside([&](BatchedLayer<S>& layer) { layer.weights = &two; }), "one shape"));
  CHECK(says(beside([&](BatchedLayer<S>& layer) { layer.inputs = &none; }), "m, N, P >= 1"));
  CHECK(says(beside([&](BatchedLayer<S>& layer) { layer.state = &state; }), "m x P"));
  CHECK(says(beside([&](BatchedLayer<S>& layer) { layer.rule = other.get(); }), "of one kind"));
  CHECK(says(beside([&](BatchedLayer<S>& layer) { layer.rule = random.get(); }), "of one kind"));
  const ExactDecision<S> exact;
  CHECK(says(beside([&](BatchedLayer<S>& layer) { layer.rule = &exact; }), "equispaced levels"));
  CHECK(refusal<S>({right}).empty());
}

TEST_CASE_TEMPLATE("Numbers that a layer alone may not hold are refused, and the layer is named", S, float, double) {
  const Matrix<S> good = Matrix<S>::Ones(3, 40);
  const RowMatrix<S> w = RowMatrix<S>::Ones(40, 1);
  const auto rule = rule_of<S>(Kind::nearest, 0, 1);
  constexpr S huge = std::numeric_limits<S>::max(), tiny = std::numeric_limits<S>::denorm_min();
  with_all_instructions([&] {
    for (const Index t : {Index{0}, Index{39}})
      for (const S number : {huge, tiny, std::numeric_limits<S>::infinity(), std::numeric_limits<S>::quiet_NaN()}) {
        Matrix<S> x = good;
        x.col(t).setConstant(0);
        x(1, t) = number;
        RowMatrix<S> weights = w;
        weights(t, 0) = number;
        std::vector<RowMatrix<S>> q(40);
        std::vector<BatchedLayer<S>> layers(40);
        for (std::size_t k = 0; k < layers.size(); ++k) layers[k] = {&good, &w, rule.get(), &q[k]};
        layers[37].inputs = &x;
        const std::string text = refusal(layers);
        CAPTURE(number);
        CHECK(says(text, "layer 37: "));
        CHECK(says(text, number == huge ? "overflows" : number == tiny ? "underflows" : "X must hold finite"));
        layers[37] = {&good, &weights, rule.get(), &q[37]};
        if (number == number && number - number == 0)
          CHECK(refusal(layers).empty());
        else
          CHECK(says(refusal(layers), "layer 37: "));
      }
  });
}

}  // namespace batched_test
}  // namespace pathquant
