// Uniform weights: W with independent entries, uniform on an interval.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/random/stream.hpp"
#include "core/weights/weight_distribution.hpp"
#include "core/weights/weight_shape.hpp"

namespace pathquant {

namespace {

class Uniform : public WeightDistribution {
 public:
  Uniform(double low, double high) : low_(low), high_(high) {
    if (!(low < high)) throw std::invalid_argument(fmt::format("low must be below high, not {} and {}", low, high));
    if (!std::isfinite(high - low)) throw std::invalid_argument("high - low must be a finite number");
  }

  std::optional<EntryDistribution> entry_law() const override {
    return EntryDistribution{ScalarDistribution::uniform(), (high_ - low_) / std::sqrt(12.0),
                             low_ + (high_ - low_) / 2};
  }

  RowMatrix<double> draw(const std::string& key, Index width, Index neurons) const override {
    check_weight_shape(width, neurons);
    RowMatrix<double> weights(width, neurons);
    rows(key, 0, width, neurons, weights.data());
    return weights;
  }
  bool has_rows() const override { return true; }
  void rows(const std::string& key, Index first, Index count, Index neurons, double* out) const override {
    Stream(key + "/weights/uniform").uniforms_of_rows(first, count, neurons, out);
    // Take the minimum, because rounding may exceed the interval's end by one unit in the last place.
    for (Index i = 0; i < count * neurons; ++i) out[i] = std::min(high_, low_ + (high_ - low_) * out[i]);
  }

 private:
  double low_;
  double high_;
};

const Registered<WeightEntry> registered({
    .description =
        {
            .name = "uniform",
            .summary = "independent weights, uniform on an interval",
            .formula = "W_tj ~ U[low, high], all independent; E W_tj = (low + high)/2, Var W_tj = (high - low)^2 / 12. "
                       "Fewer neurons or a smaller width give a corner of the same W.",
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

}  // namespace

}  // namespace pathquant
