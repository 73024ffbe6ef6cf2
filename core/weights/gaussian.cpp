// Gaussian weights: W with independent normal entries.
#include "core/random/stream.hpp"
#include "core/weights/weight_distribution.hpp"
#include "core/weights/weight_shape.hpp"

namespace pathquant {

namespace {

class Gaussian : public WeightDistribution {
 public:
  explicit Gaussian(double sigma) : sigma_(sigma) {}

  std::optional<double> gaussian_sigma() const override { return sigma_; }
  std::optional<EntryDistribution> entry_law() const override {
    return EntryDistribution{ScalarDistribution::gaussian(), sigma_};
  }

  RowMatrix<double> draw(const std::string& key, Index width, Index neurons) const override {
    check_weight_shape(width, neurons);
    RowMatrix<double> weights(width, neurons);
    rows(key, 0, width, neurons, weights.data());
    return weights;
  }
  bool has_rows() const override { return true; }
  void rows(const std::string& key, Index first, Index count, Index neurons, double* out) const override {
    Stream(key + "/weights/gaussian").normals_of_rows(first, count, neurons, out);
    for (Index i = 0; i < count * neurons; ++i) out[i] *= sigma_;
  }

 private:
  double sigma_;
};

const Registered<WeightEntry> registered({
    .description =
        {
            .name = "gaussian",
            .summary = "independent normal weights with mean 0",
            .formula =
                "W_tj ~ N(0, sigma^2), all independent. Fewer neurons or a smaller width give a corner of the same W.",
            .hypotheses = "",
            .source = "elementary; the Gaussian weights of Zhang & Saab 2023, arXiv 2309.10975",
            .parameters = {real("sigma", "standard deviation of a weight").above(0).defaults_to(1.0)},
        },
    .make = [](const Parameters& parameters) { return std::make_unique<Gaussian>(parameters.real("sigma")); },
});

}  // namespace

}  // namespace pathquant
