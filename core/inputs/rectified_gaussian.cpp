// Rectified Gaussian inputs: X with independent entries max(g, 0), g normal, as after a ReLU layer.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/inputs/input_distribution.hpp"
#include "core/inputs/input_shape.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

namespace rectified_gaussian_inputs {

class RectifiedGaussianSource : public InputSource {
 public:
  RectifiedGaussianSource(Stream stream, double sigma, Index samples)
      : stream_(stream), sigma_(sigma), samples_(samples) {}

  void columns(Index first, Index count, double* out) const override {
    for (Index t = first; t < first + count; ++t, out += samples_) {
      stream_.normals(t, 0, samples_, out);
      for (Index i = 0; i < samples_; ++i) out[i] = sigma_ * std::max(out[i], 0.0);
    }
  }

 private:
  Stream stream_;
  double sigma_;
  Index samples_;
};

class RectifiedGaussian : public InputDistribution {
 public:
  explicit RectifiedGaussian(double sigma) : sigma_(sigma) {}

  ColumnDistribution column_law() const override {
    // Not symmetric: the mean is sigma / sqrt(2 pi), and a column is 0 with probability 2^-m.
    ColumnDistribution law;
    law.independent = true;
    law.entry_second_moment = sigma_ * sigma_ / 2;
    return law;
  }
  bool random(Index) const override { return true; }
  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    return std::make_unique<RectifiedGaussianSource>(Stream(key + "/inputs/rectified_gaussian"), sigma_, samples);
  }
  std::optional<SecondMoment> fresh_moment(const std::string& /*key*/, Index /*samples*/, Index width) const override {
    return uncorrelated_entries(width, sigma_ / std::sqrt(2 * std::numbers::pi),
                                sigma_ * sigma_ * (0.5 - 0.5 / std::numbers::pi));
  }

 private:
  double sigma_;
};

const Registered<InputEntry> registered({
    .description =
        {
            .name = "rectified_gaussian",
            .summary = "independent entries max(g, 0) of normal g: half of them 0, the rest positive",
            .formula = "X_it = max(g_it, 0), g_it ~ N(0, sigma^2), all independent; E X_it = sigma / sqrt(2 pi), "
                       "E X_it^2 = sigma^2 / 2. Fewer samples or a smaller width give a corner of the same X.",
            .hypotheses = "not symmetric, so no bound for Gaussian or ball-uniform columns applies; a column is 0 with "
                          "probability 2^-m",
            .source = "elementary; the output of a rectified layer with Gaussian pre-activations",
            .parameters = {real("sigma", "standard deviation of g").above(0).defaults_to(1.0)},
        },
    .make = [](const Parameters& parameters) { return std::make_unique<RectifiedGaussian>(parameters.real("sigma")); },
});

}  // namespace rectified_gaussian_inputs

}  // namespace pathquant
