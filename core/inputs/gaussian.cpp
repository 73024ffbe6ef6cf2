// Gaussian inputs: X with independent normal entries.
#include "core/inputs/input_distribution.hpp"
#include "core/inputs/input_shape.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

namespace gaussian_inputs {

class GaussianSource : public InputSource {
 public:
  GaussianSource(Stream stream, double sigma, Index samples) : stream_(stream), sigma_(sigma), samples_(samples) {}

  void columns(Index first, Index count, double* out) const override {
    stream_.normals_of_rows(first, count, samples_, out);
    for (Index i = 0; i < count * samples_; ++i) out[i] *= sigma_;
  }
  void single_columns(Index first, Index count, Index samples, float* out) const override {
    stream_.normals_of_rows(first, count, samples, out);
    if (sigma_ == 1) return;
    for (Index i = 0; i < count * samples; ++i) out[i] *= static_cast<float>(sigma_);
  }

 private:
  Stream stream_;
  double sigma_;
  Index samples_;
};

class Gaussian : public InputDistribution {
 public:
  explicit Gaussian(double sigma) : sigma_(sigma) {}

  ColumnDistribution column_law() const override {
    ColumnDistribution law;
    law.independent = true;
    law.gaussian_sigma = sigma_;
    law.symmetric = true;
    law.entry_second_moment = sigma_ * sigma_;
    return law;
  }
  bool random(Index) const override { return true; }
  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    return std::make_unique<GaussianSource>(Stream(key + "/inputs/gaussian"), sigma_, samples);
  }
  std::optional<SecondMoment> fresh_moment(const std::string& /*key*/, Index /*samples*/, Index width) const override {
    return uncorrelated_entries(width, 0, sigma_ * sigma_);
  }

 private:
  double sigma_;
};

const Registered<InputEntry> registered({
    .description =
        {
            .name = "gaussian",
            .version = 2,
            .summary = "independent normal entries with mean 0",
            .formula =
                "X_it ~ N(0, sigma^2), all independent; E||X_t||^2 = m sigma^2. Fewer samples or a smaller width "
                "give a corner of the same X.",
            .hypotheses = "",
            .source = "the Gaussian data of Lybrand & Saab 2020, arXiv 2010.15979",
            .parameters = {real("sigma", "standard deviation of an entry").above(0).defaults_to(1.0)},
        },
    .make = [](const Parameters& parameters) { return std::make_unique<Gaussian>(parameters.real("sigma")); },
});

}  // namespace gaussian_inputs

}  // namespace pathquant
