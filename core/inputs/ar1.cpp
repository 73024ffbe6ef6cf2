// AR(1) inputs: the rows of X are stationary autoregressive sequences of order one over the features.
//
//   symbol  meaning
//   rho     correlation of neighbouring features
//   g_t     column of m independent standard normals: row t of the stream
//   X_0     g_0
//   X_t     rho X_{t-1} + sqrt(1 - rho^2) g_t, so every X_t ~ N(0, I_m) and E X_is X_it = rho^|s - t|
//
// A column depends on all earlier ones. A source stores the last column that it computed. Blocks in ascending order
// cost one step for each column; an earlier block starts again at X_0. The values are the same for any order of blocks.
#include <algorithm>
#include <cmath>
#include <mutex>
#include <vector>

#include "core/inputs/input_distribution.hpp"
#include "core/inputs/input_shape.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

namespace ar1_inputs {

class Ar1Source : public InputSource {
 public:
  Ar1Source(Stream stream, double rho, Index samples)
      : stream_(stream),
        rho_(rho),
        fresh_(std::sqrt((1 - rho) * (1 + rho))),
        samples_(samples),
        last_(static_cast<std::size_t>(samples)),
        noise_(static_cast<std::size_t>(samples)) {}

  void columns(Index first, Index count, double* out) const override {
    const std::lock_guard lock(mutex_);
    if (first < made_) made_ = 0;
    for (Index t = made_; t < first + count; ++t) {
      step(t);
      if (t >= first) out = std::copy(last_.begin(), last_.end(), out);
    }
    made_ = first + count;
  }

 private:
  // Computes last_ = X_t from X_{t-1}.
  void step(Index t) const {
    if (t == 0) {
      stream_.normals(0, 0, samples_, last_.data());
      return;
    }
    stream_.normals(t, 0, samples_, noise_.data());
    for (std::size_t i = 0; i < last_.size(); ++i) last_[i] = rho_ * last_[i] + fresh_ * noise_[i];
  }

  Stream stream_;
  double rho_;
  double fresh_;
  Index samples_;
  mutable std::mutex mutex_;
  mutable Index made_ = 0;  // columns 0 .. made_-1 are computed, and last_ is the last of them
  mutable std::vector<double> last_;
  mutable std::vector<double> noise_;
};

class Ar1 : public InputDistribution {
 public:
  explicit Ar1(double rho) : rho_(rho) {}

  ColumnDistribution column_law() const override {
    ColumnDistribution law;
    law.entry_second_moment = 1.0;
    // Without correlation this is the Gaussian distribution.
    if (rho_ == 0) {
      law.independent = true;
      law.gaussian_sigma = 1.0;
      law.symmetric = true;
    }
    return law;
  }
  bool random(Index) const override { return true; }
  std::unique_ptr<InputSource> open(const std::string& key, Index samples, Index width) const override {
    check_input_shape(samples, width);
    return std::make_unique<Ar1Source>(Stream(key + "/inputs/ar1"), rho_, samples);
  }
  // X_t = rho^t g_0 + sqrt(1 - rho^2) sum_{0 < s <= t} rho^(t - s) g_s.
  std::optional<SecondMoment> fresh_moment(const std::string& /*key*/, Index /*samples*/, Index width) const override {
    SecondMoment moment{Vector::Zero(width), width};
    moment.factor = [rho = rho_, width](Index first, Index count) {
      Matrix<double> factor = Matrix<double>::Zero(width, count);
      for (Index s = 0; s < count; ++s) {
        double entry = first + s == 0 ? 1 : std::sqrt((1 - rho) * (1 + rho));
        for (Index t = first + s; t < width; ++t, entry *= rho) factor(t, s) = entry;
      }
      return factor;
    };
    return moment;
  }

 private:
  double rho_;
};

const Registered<InputEntry> registered({
    .description =
        {
            .name = "ar1",
            .summary = "Gaussian rows whose features form a stationary AR(1) sequence",
            .formula = "X_0 = g_0, X_t = rho X_{t-1} + sqrt(1 - rho^2) g_t, g_t ~ N(0, I_m) independent; X_t ~ N(0, "
                       "I_m), E X_is X_it = rho^|s-t|. Fewer samples or a smaller width give a corner of the same X.",
            .hypotheses = "columns are dependent unless rho = 0, so no bound that needs independent columns applies",
            .source = "elementary; the standard model of correlated features",
            .parameters = {real("rho", "correlation of neighbouring features; 1 makes all columns equal")
                               .at_least(-1)
                               .at_most(1)
                               .defaults_to(0.9)},
        },
    .make = [](const Parameters& parameters) { return std::make_unique<Ar1>(parameters.real("rho")); },
});

}  // namespace ar1_inputs

}  // namespace pathquant
