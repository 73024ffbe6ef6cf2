// Benchmarks of random numbers, and of wide layers that are drawn and followed chunk by chunk.
#include <cmath>

#include "core/path_following/reference.hpp"
#include "core/path_following/streaming.hpp"
#include "experiments/bench/bench.hpp"
#include "experiments/bench/layers.hpp"

namespace pathquant::bench {
namespace {

template <class Number>
void numbers(const Bench& bench, const char* name, void (Stream::*fill)(Index, Index, Index, Number*) const) {
  const Stream stream("bench/numbers");
  constexpr Index rows = 4096, count = 64;
  if (!bench.wants({count, rows, 1})) return;
  std::vector<Number> out(static_cast<std::size_t>(rows * count));
  bench.alone({.name = name,
               .shape = {count, rows, 1},
               .precision = sizeof(Number) == 4 ? "float32" : "float64",
               .unit = "numbers",
               .count = static_cast<double>(rows * count)},
              [&] { (stream.*fill)(0, rows, count, out.data()); });
}

StreamedSums stream(LayerShape shape, const DecisionRule<float>& rule, bool path_following, int threads) {
  const Stream inputs("bench/inputs"), weights("bench/weights");
  const ChunkSource<float> draw = [&](Index first, Index count, float* x, float* w) {
    inputs.normals_of_rows(first, count, shape.samples, x);
    weights.normals_of_rows(first, count, shape.neurons, w);
  };
  StreamedPath<float> path(shape, rule, path_following, Vector::Ones(shape.neurons), 0);
  return stream_layer(draw, path, shape, ExecutionContext().with_threads(threads));
}

void check_streamed(const DecisionRule<float>& rule) {
  const LayerShape shape{64, 3000, 8};
  Matrix<float> x(shape.samples, shape.width);
  RowMatrix<float> w(shape.width, shape.neurons), q(shape.width, shape.neurons), u;
  Stream("bench/inputs").normals_of_rows(0, shape.width, shape.samples, x.data());
  Stream("bench/weights").normals_of_rows(0, shape.width, shape.neurons, w.data());
  const LayerProblem<float> problem(x, std::nullopt, w);
  plain::follow_path(problem, problem.weights(), rule, ExecutionContext(), q, u);
  const double error = stream(shape, rule, true, 1).state.squaredNorm();
  require_answer(std::abs(error / u.cast<double>().squaredNorm() - 1) < 3e-2, "streamed");
}

void streamed(const Bench& bench) {
  const LayerShape shape{64, Index{1} << 19, 8};
  if (!bench.wants(shape)) return;
  const Alphabet alphabet{Vector::Ones(8), std::nullopt};
  const NearestDecision<float> gpfq(alphabet);
  const StochasticDecision<float> spfq(alphabet, Stream("bench/decisions"));
  check_streamed(gpfq);
  check_streamed(spfq);
  const auto time = [&](const char* name, const DecisionRule<float>& rule, bool path_following) {
    for (const int threads : bench.threads())
      bench.alone({.name = name,
                   .shape = shape,
                   .precision = "float32",
                   .threads = threads,
                   .unit = "columns",
                   .count = static_cast<double>(shape.width)},
                  [&] { stream(shape, rule, path_following, threads); });
  };
  time("streamed", gpfq, true);
  time("streamed_spfq", spfq, true);
  time("streamed_msq", gpfq, false);
}

const Registered<BenchEntry> number_entry({"numbers", "random words, uniforms and normals, 64 to a row",
                                           [](const Bench& bench) {
                                             numbers<std::uint32_t>(bench, "words", &Stream::words_of_rows);
                                             numbers<double>(bench, "uniforms", &Stream::uniforms_of_rows);
                                             numbers<double>(bench, "normals", &Stream::normals_of_rows);
                                             numbers<float>(bench, "normals", &Stream::normals_of_rows);
                                           }});
const Registered<BenchEntry> streamed_entry({"streamed", "Gaussian layers of 8 neurons drawn and followed in chunks",
                                             streamed});

}  // namespace
}  // namespace pathquant::bench
