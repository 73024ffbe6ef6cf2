// W with independent entries, uniform on an interval.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/random/stream.hpp"
#include "core/weights/weight_law.hpp"
#include "core/weights/weight_shape.hpp"

namespace pathquant {

namespace {

class Uniform : public WeightLaw {
 public:
  Uniform(double low, double high) : low_(low), high_(high) {
    if (!(low < high)) throw std::invalid_argument(fmt::format("low must be below high, not {} and {}", low, high));
    if (!std::isfinite(high - low)) throw std::invalid_argument("high - low must be a finite number");
  }

  std::optional<EntryLaw> entry_law() const override {
    return EntryLaw{ScalarLaw::uniform(), (high_ - low_) / std::sqrt(12.0), low_ + (high_ - low_) / 2};
  }

  RowMatrix<double> draw(const std::string& key, Index width, Index neurons) const override {
    check_weight_shape(width, neurons);
    const Stream stream(key + "/weights/uniform");
    RowMatrix<double> weights(width, neurons);
    for (Index t = 0; t < width; ++t) stream.uniforms(t, 0, neurons, weights.row(t).data());
    // The minimum, because rounding may lead an ulp past the interval's end.
    for (double& weight : weights.reshaped()) weight = std::min(high_, low_ + (high_ - low_) * weight);
    return weights;
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
