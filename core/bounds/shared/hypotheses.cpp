#include "core/bounds/shared/hypotheses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/bounds/shared/column_moments.hpp"

namespace pathquant {

Failure first_failure(std::initializer_list<Failure> checks) {
  for (const Failure& check : checks)
    if (check) return check;
  return {};
}

Failure some_inputs(const LayerFacts& facts) {
  if (facts.shape.samples < 1) return NotApplicable{"there is no X (samples = 0)"};
  return {};
}

namespace {

Failure resolved_steps(const LayerFacts& facts) {
  const double least_units =
      64 * (facts.quantizer.error_feedback ? std::sqrt(static_cast<double>(facts.shape.width)) : 1);
  for (const Vector* largest : {&facts.statistics.largest_weights, &facts.statistics.largest_aligned_weights})
    for (Index j = 0; j < std::min(largest->size(), facts.alphabet.steps.size()); ++j) {
      const double step =
          facts.alphabet.group > 0 ? facts.alphabet.group_steps.col(j).minCoeff() : facts.alphabet.steps[j];
      const double units = step / (facts.unit * (*largest)[j]);
      if (units < least_units)
        return NotApplicable{fmt::format(
            "the step of neuron {} is {:.2g} units in the last place of its largest weight: below {:.3g} the "
            "rounding of the arithmetic counts beside that to the levels",
            j, units, least_units)};
    }
  return {};
}

}  // namespace

Failure inputs_and_any_steps(const LayerFacts& facts) {
  if (const Failure failure = some_inputs(facts)) return failure;
  if (facts.alphabet.steps.size() != facts.shape.neurons)
    return NotApplicable{"the quantizer does not round to a uniform alphabet with a step for every neuron"};
  return resolved_steps(facts);
}

Failure inputs_and_steps(const LayerFacts& facts) {
  if (const Failure failure = inputs_and_any_steps(facts)) return failure;
  if (facts.alphabet.group > 0)
    return NotApplicable{"the step changes along the features of a neuron, and this is about one step for each neuron"};
  return {};
}

Failure uniform_alphabet(const LayerFacts& facts) {
  if (facts.alphabet.kind != AlphabetKind::list) return {};
  return NotApplicable{"the alphabet is a list of levels, and this is about equispaced ones"};
}

Failure no_threshold(const LayerFacts& facts) {
  switch (facts.quantizer.rounding) {
    case Rounding::soft:
      return NotApplicable{
          "soft thresholding: arguments are shrunk, so rounding errors have neither mean 0 nor the "
          "variance of rounding to the nearest level"};
    case Rounding::hard:
      return NotApplicable{
          "hard thresholding: small arguments go to 0, so rounding errors are not those of rounding "
          "to the nearest of equispaced levels"};
    case Rounding::nearest:
    case Rounding::stochastic:
    case Rounding::logistic:
      break;
  }
  return {};
}

Failure nothing_clipped(const LayerFacts& facts) {
  if (facts.clipped == 0) return {};
  return NotApplicable{fmt::format(
      "{} decisions were clipped, so rounding errors exceed those of the infinite alphabet", facts.clipped)};
}

Failure same_inputs(const LayerFacts& facts) {
  if (!facts.mismatch) return {};
  return NotApplicable{"it is proved for X == Xq only, and here the quantized inputs differ from X"};
}

Failure independent_or_sorted_columns(const LayerFacts& facts) {
  if (!facts.columns.independent)
    return NotApplicable{"the columns of Xq are not known to be independent of each other and of W"};
  return {};
}

Failure independent_columns(const LayerFacts& facts) {
  return first_failure({independent_or_sorted_columns(facts), natural_order(facts)});
}

Failure natural_order(const LayerFacts& facts) {
  if (facts.quantizer.order == FeatureOrder::natural) return {};
  return NotApplicable{"the columns are visited by decreasing norm, an order that looks at X"};
}

Failure gaussian_or_ball(const LayerFacts& facts) {
  if (facts.columns.gaussian_sigma || facts.columns.ball_radius) return {};
  return NotApplicable{"the columns of Xq are not known to be Gaussian or uniform in a ball"};
}

Failure columns_without_preference(const LayerFacts& facts) {
  if (without_preference(facts.columns)) return {};
  return NotApplicable{
      "the columns of Xq are not known to be Gaussian, uniform in a ball, or of exchangeable entries "
      "with a symmetric sign"};
}

Failure columns_of_known_energy(const LayerFacts& facts) {
  if (const Failure failure = columns_without_preference(facts)) return failure;
  if (mean_squared_norm(facts.columns, facts.law_samples())) return {};
  return NotApplicable{"the mean squared norm of a column of Xq is not known"};
}

Failure independent_pairs(const LayerFacts& facts) {
  if (!facts.mismatch || facts.pairs_independent) return {};
  return NotApplicable{
      "X and Xq differ, and the pairs (X_t, Xq_t) are not known to be independent over the features t"};
}

namespace {

constexpr Index least_weights = 52, least_features = 6, least_samples = 4;

// One weight has standard deviation sqrt(4/5) in 12 d^2 and sqrt(1/5) in 6 f(1 - f), when d and f are uniform.
Failure evenness_within(const LayerFacts& facts, double evenness, double variance, double allowed) {
  if (const Failure failure = enough_weights(facts)) return failure;
  const auto weights = static_cast<double>(facts.shape.width) * static_cast<double>(facts.shape.neurons);
  if (std::abs(evenness - 1) <= allowed + 2 * std::sqrt(variance / weights)) return {};
  return NotApplicable{fmt::format("the weights do not spread evenly over the steps: their mean squared rounding error "
                                   "is {:.2f} of what even ones have",
                                   evenness),
                       true};
}

double path_allowance(const LayerFacts& facts) {
  return facts.shape.width >= 4 * facts.law_samples() ? 0.25 : 0.05;
}

}  // namespace

Failure enough_weights(const LayerFacts& facts) {
  const Index weights = facts.shape.width * facts.shape.neurons;
  if (weights >= least_weights) return {};
  return NotApplicable{
      fmt::format("{} weights: whether they spread evenly over the steps is not to be seen in fewer than {}", weights,
                  least_weights)};
}

Failure enough_steps_of_the_path(const LayerFacts& facts) {
  if (facts.shape.width >= least_features && facts.law_samples() >= least_samples) return {};
  return NotApplicable{
      fmt::format("N = {} features and m = {} samples: with fewer than {} and {} the rounding errors of a path are "
                  "correlated",
                  facts.shape.width, facts.law_samples(), least_features, least_samples)};
}

Failure evenly_rounded_weights(const LayerFacts& facts) {
  return evenness_within(facts, facts.statistics.rounding_evenness, 0.8, 0.05);
}

Failure evenly_rounded_path(const LayerFacts& facts) {
  return evenness_within(facts, facts.statistics.rounding_evenness, 0.8, path_allowance(facts));
}

Failure evenly_drawn_path(const LayerFacts& facts) {
  return evenness_within(facts, facts.statistics.stochastic_evenness, 0.2, path_allowance(facts));
}

Failure unbiased_rounding(const LayerFacts& facts) {
  const LayerStatistics& statistics = facts.statistics;
  if (statistics.input_energy == 0) return {};
  const auto weights = static_cast<double>(facts.shape.width) * static_cast<double>(facts.shape.neurons);
  // Errors of mean b steps add b^2 step^2 sum_{s != t} <Xq_s, Xq_t>; relative to step^2/12 ||Xq||_F^2.
  const double coherence = 12 * std::abs(statistics.total_input_energy / statistics.input_energy - 1);
  const double excess = coherence * statistics.rounding_bias * statistics.rounding_bias;
  if (excess <= 0.05 + 4 * coherence / (12 * weights)) return {};
  return NotApplicable{fmt::format("rounding the weights is biased by {:.2f} of a step, and the inputs let that add up",
                                   statistics.rounding_bias),
                       true};
}

bool is_memoryless(const QuantizerTraits& traits) {
  return !traits.uses_inputs && !traits.path_following;
}

bool is_memoryless_nearest(const QuantizerTraits& traits) {
  return is_memoryless(traits) && traits.rounding == Rounding::nearest;
}

bool is_deterministic_path(const QuantizerTraits& traits) {
  return traits.path_following && traits.rounding != Rounding::stochastic && traits.rounding != Rounding::logistic;
}

bool is_stochastic_path(const QuantizerTraits& traits) {
  return traits.path_following && traits.rounding == Rounding::stochastic;
}

}  // namespace pathquant
