// Laplace weights: W with independent entries of the Laplace distribution.
#include <cmath>

#include "core/random/elementary.hpp"
#include "core/random/stream.hpp"
#include "core/weights/weight_distribution.hpp"
#include "core/weights/weight_shape.hpp"

namespace pathquant {

namespace {

/// Standard Laplace number from a uniform u in [0, 1), a multiple of 2^-53. The first bit of u is the sign. The other
/// 52 bits k give v = (k + 1/2) / 2^52, exactly, and -log v is exponential.
double laplace(double u) {
  const bool upper = u >= 0.5;
  const double v = 2 * (upper ? u - 0.5 : u) + 0x1p-53;
  const double magnitude = -natural_log(v);
  return upper ? magnitude : -magnitude;
}

class Laplace : public WeightDistribution {
 public:
  explicit Laplace(double scale) : scale_(scale) {}

  std::optional<EntryDistribution> entry_law() const override {
    return EntryDistribution{ScalarDistribution::laplace(), std::sqrt(2.0) * scale_};
  }

  RowMatrix<double> draw(const std::string& key, Index width, Index neurons) const override {
    check_weight_shape(width, neurons);
    RowMatrix<double> weights(width, neurons);
    rows(key, 0, width, neurons, weights.data());
    return weights;
  }
  bool has_rows() const override { return true; }
  void rows(const std::string& key, Index first, Index count, Index neurons, double* out) const override {
    Stream(key + "/weights/laplace").uniforms_of_rows(first, count, neurons, out);
    for (Index i = 0; i < count * neurons; ++i) out[i] = scale_ * laplace(out[i]);
  }

 private:
  double scale_;
};

const Registered<WeightEntry> registered({
    .description =
        {
            .name = "laplace",
            .summary = "independent Laplace weights: a sharper peak at 0 and longer tails than normal weights",
            .formula =
                "W_tj = +-scale E, E exponential of mean 1, both signs equally likely, all independent; E W_tj = "
                "0, Var W_tj = 2 scale^2. Fewer neurons or a smaller width give a corner of the same W.",
            .hypotheses = "",
            .source = "elementary: -log of a uniform number is exponential",
            .parameters = {real("scale", "mean of |W_tj|").above(0).defaults_to(1.0)},
        },
    .make = [](const Parameters& parameters) { return std::make_unique<Laplace>(parameters.real("scale")); },
});

}  // namespace

}  // namespace pathquant
