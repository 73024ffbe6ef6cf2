// A million samples of 2304 features, in blocks that are never held together: 18 GB of inputs in less than 1 GB.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <chrono>

#include "core/layer/block_calibration.hpp"
#include "core/metrics/metrics.hpp"
#include "core/quantizers/quantizer.hpp"
#include "tests/core/layer_zoo.hpp"

namespace pathquant {
namespace million_samples_long_test {

constexpr Index samples = 1'000'000, width = 2304, neurons = 64, block = 2048;

class NormalSource final : public SampleSource<double> {
 public:
  Index features() const override { return width; }
  bool mismatch() const override { return false; }
  void pass(const std::function<void(const SampleBatch<double>&)>& use) const override {
    const Stream stream("million/inputs");
    Matrix<double> inputs(block, width);
    for (Index start = 0; start < samples; start += block) {
      const Index count = std::min(block, samples - start);
      for (Index t = 0; t < width; ++t) stream.normals(t, start, count, inputs.col(t).data());
      use({count, inputs.data(), nullptr, block});
    }
  }
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TEST_CASE("A million samples in blocks: GPFQ and its errors in less than 1 GB") {
  const ExecutionContext execution = ExecutionContext().with_threads(2);
  auto start = std::chrono::steady_clock::now();
  const auto calibration = std::make_shared<BlockCalibration<double>>(std::make_shared<NormalSource>(), execution);
  const double calibrating = seconds_since(start);
  const LayerProblem<double> problem(calibration, zoo::uniform_weights("million", width, neurons, 1));
  const auto quantized = [&](const char* name) {
    const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(name);
    const Parameters parameters(entry.description.parameters,
                                {{"alphabet.levels", "infinite"}, {"alphabet.step", 0.5}});
    return entry.make(parameters)
        ->quantize(problem, zoo::infinite_alphabet(neurons, 0.5), Stream("million"), execution)
        .weights;
  };
  start = std::chrono::steady_clock::now();
  const LayerMetrics gpfq = measure(problem, quantized("gpfq"), execution);
  const double quantizing = seconds_since(start);
  // Columns of so many independent samples are nearly orthogonal, so that rounding every weight by itself is nearly as
  // good; both err by delta^2/12 = 1/48 where a weight has 1/3.
  CHECK(gpfq.relative_squared_error() == doctest::Approx(1.0 / 16).epsilon(0.02));
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  MESSAGE("calibration ", calibrating, " s, GPFQ and its errors ", quantizing, " s, peak ", usage.ru_maxrss / 1024,
          " MiB");
  CHECK(usage.ru_maxrss < 1'000'000);  // KiB
}

}  // namespace million_samples_long_test
}  // namespace pathquant
