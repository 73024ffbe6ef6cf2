// Benchmarks of batched path following: many equal small layers, in turn.
#include <cstring>

#include "core/path_following/batched.hpp"
#include "core/path_following/reference.hpp"
#include "experiments/bench/bench.hpp"
#include "experiments/bench/layers.hpp"

namespace pathquant::bench {
namespace {

constexpr LayerShape small_shape{32, 64, 1};

/// Layers with separate inputs, weights and results.
template <class S>
struct SmallLayer {
  Matrix<S> inputs;
  RowMatrix<S> weights;
  std::unique_ptr<DecisionRule<S>> rule;
  RowMatrix<S> decisions, state;

  SmallLayer(Index number, bool random)
      : inputs(small_shape.samples, small_shape.width),
        weights(small_shape.width, 1),
        decisions(small_shape.width, 1),
        state(small_shape.samples, 1) {
    const std::string key = fmt::format("bench/lanes/{}", number);
    Stream(key).normals_of_rows(0, small_shape.width, small_shape.samples, inputs.data());
    Stream(key + "/weights").normals(0, 0, small_shape.width, weights.data());
    weights *= S(0.1);
    const Alphabet alphabet{Vector::Constant(1, 0.3 / 7), 7};
    if (random)
      rule = std::make_unique<StochasticDecision<S>>(alphabet, Stream(key + "/decisions"));
    else
      rule = std::make_unique<NearestDecision<S>>(alphabet);
  }
  BatchedLayer<S> batched() { return {&inputs, &weights, rule.get(), &decisions, &state}; }
};

template <class S>
bool equal_bits(const RowMatrix<S>& a, const RowMatrix<S>& b) {
  return std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(S)) == 0;
}

template <class S>
void follow_small(const Bench& bench, const char* name, bool random, Index layers) {
  std::vector<SmallLayer<S>> small;
  std::vector<BatchedLayer<S>> batch;
  for (Index k = 0; k < layers; ++k) small.emplace_back(k, random);
  for (SmallLayer<S>& layer : small) batch.push_back(layer.batched());
  const auto run = [&](int threads) {
    for (SmallLayer<S>& layer : small) layer.state.setZero();
    follow_batched<S>(batch, ExecutionContext().with_threads(threads));
  };
  run(1);
  for (const SmallLayer<S>& layer : small) {
    const LayerProblem<S> problem(layer.inputs, std::nullopt, layer.weights);
    RowMatrix<S> q(small_shape.width, 1), u;
    plain::follow_path(problem, layer.weights, *layer.rule, ExecutionContext(), q, u);
    require_answer(equal_bits(q, layer.decisions) && equal_bits(u, layer.state), name);
  }
  for (const int threads : bench.threads())
    bench.alone({.name = name,
                 .shape = small_shape,
                 .precision = precision_name<S>,
                 .threads = threads,
                 .unit = "steps",
                 .count = static_cast<double>(layers * small_shape.width)},
                [&] { run(threads); });
}

// 64 layers, of 0.5 to 1 MB, stay in a cache, like layers that were just drawn; 1024 layers do not.
const Registered<BenchEntry> small_layers({"lanes", "GPFQ and SPFQ of many small layers in turn",
                                           [](const Bench& bench) {
                                             if (!bench.wants(small_shape)) return;
                                             for (const bool random : {false, true})
                                               for (const Index layers : {64, 1024}) {
                                                 const std::string name =
                                                     fmt::format("lanes_{}_{}", random ? "spfq" : "gpfq", layers);
                                                 follow_small<float>(bench, name.c_str(), random, layers);
                                                 follow_small<double>(bench, name.c_str(), random, layers);
                                               }
                                           }});

}  // namespace
}  // namespace pathquant::bench
