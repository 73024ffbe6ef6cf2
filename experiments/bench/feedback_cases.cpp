// Benchmarks of error feedback (OPTQ, Qronos, GPTAQ) against its arithmetic: an N x N factorisation and a causal sweep.
#include "core/metrics/metrics.hpp"
#include "core/quantizers/quantizer.hpp"
#include "experiments/bench/bench.hpp"
#include "experiments/bench/layers.hpp"

namespace pathquant::bench {
namespace {

constexpr LayerShape feedback_shapes[] = {{1024, 512, 512}, {2048, 1024, 1024}};

std::unique_ptr<Quantizer> made(const char* name) {
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(name);
  return entry.make(
      Parameters(entry.description.parameters, {{"alphabet.levels", std::int64_t{15}}, {"alphabet.step", 0.3 / 7}}));
}

// The unit tests check Q feature by feature. This check requires only that feedback reduces the error as expected.
template <class S>
void check(const LayerProblem<S>& problem, const RowMatrix<S>& quantized, const Alphabet& alphabet, const char* what) {
  const RowMatrix<S> rounded = made("msq")->quantize(problem, alphabet, Stream("unused"), ExecutionContext()).weights;
  const double feedback = measure(problem, quantized, ExecutionContext()).error_energy;
  require_answer(feedback < 0.9 * measure(problem, rounded, ExecutionContext()).error_energy, what);
}

template <class S>
void time(const Bench& bench, const char* name, const char* quantizer_name, double mismatch) {
  const auto quantizer = made(quantizer_name);
  for (const LayerShape shape : feedback_shapes) {
    if (!bench.wants(shape)) continue;
    const Layer<S> layer(shape, mismatch);
    const auto run = [&](const LayerProblem<S>& problem, const ExecutionContext& execution) {
      return quantizer->quantize(problem, layer.alphabet, Stream("bench/decisions"), execution).weights;
    };
    check(layer.problem(), run(layer.problem(), ExecutionContext()), layer.alphabet, name);
    RowMatrix<S> y(shape.samples, shape.neurons);
    const double product =
        static_cast<double>(shape.samples) * static_cast<double>(shape.width) * static_cast<double>(shape.neurons);
    for (const int threads : bench.threads()) {
      std::optional<LayerProblem<S>> problem;
      bench.against_product(
          {.name = name,
           .shape = shape,
           .precision = precision_name<S>,
           .threads = threads,
           .arithmetic = quantizer->cost(shape, mismatch > 0) / product},
          [&] { problem.emplace(layer.inputs, layer.quantized_inputs, layer.weights); },
          [&] { run(*problem, ExecutionContext().with_threads(threads)); },
          [&] { bench.yardstick().multiply(shape, layer.rows.data(), layer.weights.data(), y.data()); });
    }
  }
}

void both(const Bench& bench, const char* name, const char* quantizer, double mismatch) {
  time<float>(bench, name, quantizer, mismatch);
  time<double>(bench, name, quantizer, mismatch);
}

const Registered<BenchEntry> optq({"optq", "OPTQ: Q", [](const Bench& bench) {
                                     both(bench, "optq", "optq", 0);
                                     both(bench, "optq_mismatch", "optq", 0.1);
                                   }});
const Registered<BenchEntry> qronos({"qronos", "Qronos, X != Xq: Q",
                                     [](const Bench& bench) { both(bench, "qronos_mismatch", "qronos", 0.1); }});
const Registered<BenchEntry> gptaq({"gptaq", "GPTAQ, X != Xq: Q",
                                    [](const Bench& bench) { both(bench, "gptaq_mismatch", "gptaq", 0.1); }});

}  // namespace
}  // namespace pathquant::bench
