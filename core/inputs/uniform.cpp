// Uniform inputs: X with independent entries, uniform on an interval.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/inputs/input_distribution.hpp"
#include "core/inputs/input_shape.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

namespace uniform_inputs {

class UniformSource : public InputSource {
 public:
  UniformSource(Stream stream, double low, double high, Index samples)
      : stream_(stream), low_(low), high_(high), samples_(samples) {}

  void columns(Index first, Index count, double* out) const override {
    for (Index t = first; t < first + count; ++t, out += samples_) {
      stream_.uniforms(t, 0, samples_, out);
      // Take the minimum, because rounding may exceed the interval's end by one unit in the last place.
      for (Index i = 0; i < samples_; ++i) out[i] = std::min(high_, low_ + (high_ - low_) * out[i]);
    }
  }

 private:
  Stream stream_;
  double low_;
  double high_;
  Index samples_;
};

class Uniform : public InputDistribution {
 public:
  Uniform(double low, double high) : low_(low), high_(high) {
    if (!(low < high)) throw std::invalid_argument(fmt::format("low must be below high, not {} and {}", low, high));
    if (!std::isfinite(high - low)) throw std::invalid_argument("high - low must be a finite number");
  }

  ColumnDistribution column_law() const override {
    ColumnDistribution law;
    law.independent = true;
    law.symmetric = low_ == -high_;
    law.entry_bound = std::max(std::abs(low_), std::abs(high_));
    // (high - low)^2 / 12 + ((low + high) / 2)^2
    law.entry_second_moment = (low_ * low_ + low_ * high_ + high_ * high_) / 3;
    return law;
  }
  bool random(Index) const override { return true; }
  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    return std::make_unique<UniformSource>(Stream(key + "/inputs/uniform"), low_, high_, samples);
  }
  std::optional<SecondMoment> fresh_moment(const std::string& /*key*/, Index /*samples*/, Index width) const override {
    return uncorrelated_entries(width, (low_ + high_) / 2, (high_ - low_) * (high_ - low_) / 12);
  }

 private:
  double low_;
  double high_;
};

const Registered<InputEntry> registered({
    .description =
        {
            .name = "uniform",
            .summary = "independent entries, uniform on an interval: columns uniform in a cube",
            .formula = "X_it ~ U[low, high], all independent; E X_it = (low + high)/2, Var X_it = (high - low)^2 / 12. "
                       "Fewer samples or a smaller width give a corner of the same X.",
            .hypotheses = "low < high",
            .source = "elementary",
            .parameters = {real("low", "lower end of the interval").defaults_to(-1.0),
                           real("high", "upper end of the interval, above low").defaults_to(1.0)},
        },
    .make =
        [](const Parameters& parameters) {
          return std::make_unique<Uniform>(parameters.real("low"), parameters.real("high"));
        },
});

}  // namespace uniform_inputs

}  // namespace pathquant
