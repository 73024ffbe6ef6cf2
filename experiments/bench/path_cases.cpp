// Benchmarks of path following for one layer: Q and U by the blocked form, Q alone by the Gram form, and one neuron.
#include <cmath>

#include "core/path_following/path_following.hpp"
#include "core/path_following/reference.hpp"
#include "experiments/bench/bench.hpp"
#include "experiments/bench/layers.hpp"

namespace pathquant::bench {
namespace {

constexpr LayerShape square_shapes[] = {{1024, 512, 512}, {2048, 1024, 1024}, {4096, 2048, 2048}};
constexpr LayerShape wide_shapes[] = {{1024, 4096, 1024}, {512, 8192, 256}};
const std::vector<LayerShape> all_shapes = {square_shapes[0], square_shapes[1], square_shapes[2], wide_shapes[0],
                                            wide_shapes[1]};

template <class S>
using RuleOf = std::function<std::unique_ptr<DecisionRule<S>>(const Alphabet&)>;

template <class S>
RuleOf<S> nearest() {
  return [](const Alphabet& alphabet) { return std::make_unique<NearestDecision<S>>(alphabet); };
}
template <class S>
RuleOf<S> stochastic() {
  return [](const Alphabet& alphabet) {
    return std::make_unique<StochasticDecision<S>>(alphabet, Stream("bench/decisions"));
  };
}

// Compares with the reference form. In double precision every decision and U must agree to the last bit. In single
// precision an argument may lie within its rounding error of a change of its decision. The neuron then takes another
// path with an error of the same size: the error may differ by 3e-4, and one neuron in 20 may have other decisions.
// Checking the first hundred neurons suffices, because all are followed alike.
template <class S>
void check(const LayerProblem<S>& problem, const DecisionRule<S>& rule, const std::string& what) {
  const Index neurons = std::min<Index>(problem.shape().neurons, 100);
  const LayerProblem<S> part(problem.inputs(),
                             problem.has_mismatch() ? std::optional(problem.quantized_inputs()) : std::nullopt,
                             problem.weights().leftCols(neurons));
  RowMatrix<S> q(problem.shape().width, problem.shape().neurons), u, plain_q(problem.shape().width, neurons), plain_u;
  follow_path(problem, problem.weights(), rule, ExecutionContext(), q, &u);
  plain::follow_path(part, part.weights(), rule, ExecutionContext(), plain_q, plain_u);
  const RowMatrix<S> followed = q.leftCols(neurons), state = u.leftCols(neurons);
  RowMatrix<S> alone(q.rows(), q.cols());
  follow_path(problem, problem.weights(), rule, ExecutionContext(), alone, nullptr);
  const RowMatrix<S> without_state = alone.leftCols(neurons);
  for (const RowMatrix<S>* decisions : {&followed, &without_state}) {
    const Index differing = (decisions->array() != plain_q.array()).colwise().any().count();
    require_answer(differing <= (sizeof(S) == 8 ? 0 : neurons / 20), what);
  }
  if constexpr (sizeof(S) == 8)
    require_answer(state == plain_u, what);
  else
    require_answer(std::abs(state.squaredNorm() / plain_u.squaredNorm() - 1) <= 6e-4f, what);
}

struct Wanted {
  const char* name;
  bool state;
  double mismatch = 0;

  /// Multiply-adds in products X W: an update and a projection of U for every feature, or N^2 (m + P) / 2 for the Gram
  /// form.
  double arithmetic(LayerShape shape) const {
    if (state) return mismatch > 0 ? 3 : 2;
    const auto width = static_cast<double>(shape.width);
    return width / 2 / static_cast<double>(shape.neurons) + width / 2 / static_cast<double>(shape.samples);
  }
};

template <class S>
void follow(const Bench& bench, const std::vector<LayerShape>& shapes, Wanted wanted, const RuleOf<S>& rule_of) {
  for (const LayerShape shape : shapes) {
    if (!bench.wants(shape)) continue;
    const Layer<S> layer(shape, wanted.mismatch);
    const auto rule = rule_of(layer.alphabet);
    check(layer.problem(), *rule, fmt::format("{} at {}", wanted.name, text_of(shape)));
    RowMatrix<S> q(shape.width, shape.neurons), u, y(shape.samples, shape.neurons);
    for (const int threads : bench.threads()) {
      const ExecutionContext execution = ExecutionContext().with_threads(threads);
      std::optional<LayerProblem<S>> problem;
      bench.against_product(
          {.name = wanted.name,
           .shape = shape,
           .precision = precision_name<S>,
           .threads = threads,
           .arithmetic = wanted.arithmetic(shape)},
          [&] {
            problem.emplace(layer.inputs, layer.quantized_inputs, layer.weights);
            u.resize(0, 0);
          },
          [&] { follow_path(*problem, layer.weights, *rule, execution, q, wanted.state ? &u : nullptr); },
          [&] { bench.yardstick().multiply(shape, layer.rows.data(), layer.weights.data(), y.data()); });
    }
  }
}

template <class S>
void another_alphabet(const Bench& bench) {
  for (const LayerShape shape : {square_shapes[0], square_shapes[1]}) {
    if (!bench.wants(shape)) continue;
    const Layer<S> layer(shape);
    Alphabet other = layer.alphabet;
    other.half_levels = 3;
    other.steps *= 2;
    const NearestDecision<S> rule(other);
    const LayerProblem<S> problem = layer.problem();
    check(problem, rule, "extra_alphabet");
    RowMatrix<S> q(shape.width, shape.neurons), y(shape.samples, shape.neurons);
    for (const int threads : bench.threads()) {
      const ExecutionContext execution = ExecutionContext().with_threads(threads);
      bench.against_product(
          {.name = "extra_alphabet",
           .shape = shape,
           .precision = precision_name<S>,
           .threads = threads,
           .arithmetic = static_cast<double>(shape.width) / 2 / static_cast<double>(shape.samples)},
          [] {}, [&] { follow_path(problem, layer.weights, rule, execution, q, nullptr); },
          [&] { bench.yardstick().multiply(shape, layer.rows.data(), layer.weights.data(), y.data()); });
    }
  }
}

template <class S>
void one_neuron(const Bench& bench) {
  const LayerShape shape{32, 1024, 1};
  if (!bench.wants(shape)) return;
  const Layer<S> layer(shape);
  const LayerProblem<S> problem = layer.problem();
  const NearestDecision<S> rule(layer.alphabet);
  check(problem, rule, "one_neuron");
  constexpr int runs = 64;
  RowMatrix<S> q(shape.width, 1), u;
  bench.alone({.name = "one_neuron",
               .shape = shape,
               .precision = precision_name<S>,
               .unit = "steps",
               .count = static_cast<double>(runs * shape.width)},
              [&] {
                for (int run = 0; run < runs; ++run) {
                  u.resize(0, 0);
                  follow_path(problem, layer.weights, rule, ExecutionContext(), q, &u);
                }
              });
}

void in_both(auto&& run) {
  run(float{});
  run(double{});
}

const Registered<BenchEntry> q_and_u(
    {"q_and_u", "GPFQ, X == Xq: Q and U", [](const Bench& bench) {
       in_both([&](auto s) { follow<decltype(s)>(bench, all_shapes, {"q_and_u", true}, nearest<decltype(s)>()); });
     }});
const Registered<BenchEntry> mismatch(
    {"q_and_u_mismatch", "GPFQ, X != Xq: Q and U", [](const Bench& bench) {
       in_both([&](auto s) {
         follow<decltype(s)>(bench, all_shapes, {"q_and_u_mismatch", true, 0.1}, nearest<decltype(s)>());
       });
     }});
const Registered<BenchEntry> spfq(
    {"spfq", "SPFQ in place of GPFQ: Q and U", [](const Bench& bench) {
       in_both([&](auto s) { follow<decltype(s)>(bench, all_shapes, {"spfq", true}, stochastic<decltype(s)>()); });
     }});
const std::vector<LayerShape> many_samples = {
    {1024, 512, 512}, {2048, 1024, 1024}, {4096, 2048, 2048}, {2048, 512, 2048}};
const Registered<BenchEntry> gram(
    {"gram_q", "GPFQ, X == Xq, many samples: Q alone", [](const Bench& bench) {
       in_both([&](auto s) { follow<decltype(s)>(bench, many_samples, {"gram_q", false}, nearest<decltype(s)>()); });
     }});
const Registered<BenchEntry> gram_spfq(
    {"gram_spfq", "SPFQ in place of GPFQ, many samples: Q alone", [](const Bench& bench) {
       in_both([&](auto s) {
         follow<decltype(s)>(bench, many_samples, {"gram_spfq", false}, stochastic<decltype(s)>());
       });
     }});
const Registered<BenchEntry> extra({"extra_alphabet", "GPFQ with one more alphabet on the same X: Q alone",
                                    [](const Bench& bench) {
                                      in_both([&](auto s) { another_alphabet<decltype(s)>(bench); });
                                    }});
const Registered<BenchEntry> single_neuron({"one_neuron", "GPFQ of one neuron, step by step", [](const Bench& bench) {
                                              in_both([&](auto s) { one_neuron<decltype(s)>(bench); });
                                            }});

}  // namespace
}  // namespace pathquant::bench
