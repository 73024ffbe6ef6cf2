// Mean-field annealing: every weight is a distribution over the levels that grows sharper, and then coordinate descent.
#include <algorithm>
#include <cmath>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/feedback/most_features.hpp"
#include "core/feedback/output_descent.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/random/elementary.hpp"

namespace pathquant {
namespace mean_field_quantizer {

// Temperatures 1/tau in units of step^2, for curvatures of mean 1.
constexpr double first_tau = 0.5;
constexpr double ratio = 0x1.4897f7b709b03p+0;  // 400^(1/24): 25 of them, up to 200
constexpr int temperatures = 25;
constexpr int sweeps_each = 3;
// A level that is so much less likely than the nearest one does not count.
constexpr double negligible = 40;
constexpr double most_levels = 64;  // to each side

// The levels of one alphabet in units of the step.
class LevelLine {
 public:
  explicit LevelLine(const Alphabet& alphabet)
      : listed_(alphabet.kind == AlphabetKind::list ? alphabet.values : std::vector<double>()),
        h_(alphabet.kind == AlphabetKind::midrise ? 0.5 : 0),
        half_levels_(alphabet.half_levels) {}

  /// The mean of the levels z with weights exp(-sharpness (z - centre)^2).
  double mean(double centre, double sharpness) const {
    Sums sums{centre, sharpness};
    if (!listed_.empty()) {
      double nearest = listed_.front();
      for (const double level : listed_)
        if (std::abs(level - centre) < std::abs(nearest - centre)) nearest = level;
      sums.least = (nearest - centre) * (nearest - centre);
      for (const double level : listed_) sums.add(level);
      return sums.mean();
    }
    double lowest = -0x1p52, highest = 0x1p52;
    if (half_levels_) {
      lowest = -static_cast<double>(*half_levels_);
      highest = static_cast<double>(*half_levels_) - 2 * h_;
    }
    const double nearest = std::clamp(std::floor(centre - h_ + 0.5), lowest, highest);
    const double reach = std::min(most_levels, std::ceil(std::sqrt(negligible / sharpness)) + 1);
    sums.least = (nearest + h_ - centre) * (nearest + h_ - centre);
    const double end = std::min(nearest + reach, highest);
    for (double k = std::max(nearest - reach, lowest); k <= end; ++k) sums.add(k + h_);
    return sums.mean();
  }

 private:
  struct Sums {
    double centre, sharpness;
    double least = 0;
    double weights = 0, levels = 0;

    void add(double level) {
      const double exponent = sharpness * ((level - centre) * (level - centre) - least);
      if (!(exponent < negligible)) return;
      const double weight = exponential(-exponent);
      weights += weight;
      levels += weight * level;
    }
    double mean() const { return levels / weights; }
  };

  std::vector<double> listed_;
  double h_;
  std::optional<std::int64_t> half_levels_;
};

class MeanField final : public QuantizerTemplate<MeanField> {
 public:
  explicit MeanField(const Parameters& parameters) : most_sweeps_(parameters.integer("sweeps")) {}

  QuantizerTraits traits() const override { return {}; }
  CalibrationNeed needs() const override { return CalibrationNeed::gram; }
  std::optional<std::string> limit(LayerShape shape) const { return too_wide(descent_holds, shape.width); }
  double cost(LayerShape shape, bool mismatch) const override {
    return output_descent_cost(shape, mismatch) + (temperatures * sweeps_each + 20) * output_sweep_cost(shape);
  }

  template <class S>
  QuantizedLayer<S> run(const LayerProblem<S>& problem, const Alphabet& alphabet, const Stream& /*decisions*/,
                        const ExecutionContext& execution) const {
    const OutputDescent<S> descent(problem, execution);
    const NearestDecision<S> rule(alphabet);
    QuantizedLayer<S> result;
    const auto rounded = [&](RowMatrix<S> v) {
      for (Index t = 0; t < v.rows(); ++t) result.clipped += rule.decide(t, v.cols(), v.row(t).data(), v.row(t).data());
      result.clipped += descent.descend(v, rule, most_sweeps_, execution);
      return v;
    };
    result.weights = rounded(anneal(problem, alphabet, descent, execution));
    // A neuron that is better off without, at levels already for one, goes without.
    const RowMatrix<S> plain = rounded(problem.weights());
    const Vector annealed_energy = descent.energies(result.weights, execution);
    const Vector plain_energy = descent.energies(plain, execution);
    for (Index j = 0; j < plain.cols(); ++j)
      if (!(annealed_energy(j) < plain_energy(j))) result.weights.col(j) = plain.col(j);
    return result;
  }

 private:
  template <class S>
  static RowMatrix<S> anneal(const LayerProblem<S>& problem, const Alphabet& alphabet, const OutputDescent<S>& descent,
                             const ExecutionContext& execution) {
    double total = 0, live = 0;
    for (const S norm : problem.squared_norms()) {
      total += static_cast<double>(norm);
      live += norm > 0 ? 1 : 0;
    }
    const double mean = live > 0 ? total / live : 1;
    const LevelLine levels(alphabet);
    RowMatrix<S> v = problem.weights();
    double tau = first_tau;
    for (int temperature = 0; temperature < temperatures; ++temperature, tau *= ratio)
      for (int sweep = 0; sweep < sweeps_each; ++sweep)
        descent.sweep(
            v,
            [&](Index t, Index first, Index count, const S* c, S* row) {
              const double sharpness = tau * static_cast<double>(descent.curvature(t)) / mean;
              if (!(sharpness > 0)) return;
              for (Index j = 0; j < count; ++j) {
                const double step = alphabet.steps(first + j);
                row[j] = static_cast<S>(step * levels.mean(static_cast<double>(c[j]) / step, sharpness));
              }
            },
            execution);
    return v;
  }

  std::int64_t most_sweeps_;
};

const Registered<QuantizerEntry> registered({
    .description =
        {.name = "mean_field",
         .version = 1,
         .summary = "mean-field annealing: weights are distributions over the levels that grow sharper, then "
                    "coordinate descent",
         .formula =
             "qbar = W at first; for 25 temperatures with tau step^2 from 0.5 to 200, three times, t = 1..N:\n"
             "c_t = qbar_t + <Xq_t, XW - Xq qbar> / ||Xq_t||^2,  qbar_t = sum_v v p(v),  p(v) ~ exp(-tau h_t (v - "
             "c_t)^2),\n"
             "h_t = ||Xq_t||^2 over its mean; then coordinate descent from the nearest levels. A neuron for which "
             "coordinate descent from its rounded weights does as well takes that",
         .hypotheses = "",
         .source = "derived, after Yang et al. 2020, arXiv 2009.08695, where weights are trained as distributions",
         .parameters = ParameterTable{integer("sweeps", "passes of coordinate descent at most")
                                          .at_least(1)
                                          .at_most(1e6)
                                          .defaults_to(std::int64_t{100})} +
                       AlphabetRule::parameters()},
    .make = [](const Parameters& parameters) { return std::make_unique<MeanField>(parameters); },
});

}  // namespace mean_field_quantizer
}  // namespace pathquant
