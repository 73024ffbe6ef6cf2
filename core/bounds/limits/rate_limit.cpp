#include "core/bounds/limits/rate_limit.hpp"

#include <fmt/format.h>

#include <cmath>

#include "core/bounds/limits/rate_distortion.hpp"
#include "core/bounds/shared/hypotheses.hpp"

namespace pathquant {
namespace {

// Scales of double precision have 64 bits, not 32. Rounded to 32 they change Q by 2^-24 of itself, which is nothing
// beside an error of 2^-R with R up to this.
constexpr double most_bits = 16;

Failure inputs_and_rate(const LayerFacts& facts) {
  if (facts.shape.samples < 1) return NotApplicable{"there is no X (samples = 0)"};
  if (!facts.bits_per_weight) return NotApplicable{"an infinite alphabet has no rate"};
  if (*facts.bits_per_weight > most_bits)
    return NotApplicable{
        fmt::format("{:.3g} bits a weight: beyond {:.0f} the precision of numbers decides, not their count",
                    *facts.bits_per_weight, most_bits)};
  return {};
}

Failure enough_samples(const LayerFacts& facts) {
  const auto [samples, width, neurons] = facts.shape;
  if (width > samples)
    return NotApplicable{
        fmt::format("N = {} > m = {}: on the calibration data any limit falls as 2^(-2NR/m), so it says "
                    "nothing",
                    width, samples)};
  const Index directions = live_parts(facts.statistics.path->input_spectrum);
  if (2 * directions < width)
    return NotApplicable{
        fmt::format("X has {} directions for {} weights: any limit falls as 2^(-2NR/{}), so it says nothing",
                    directions, width, directions)};
  return {};
}

}  // namespace

double bits_above_limit(const LayerFacts& facts, double error_energy) {
  const EntryDistribution& weights = *facts.weight_law;
  const Vector variances = weights.variance() * facts.statistics.path->input_spectrum;
  const double bits = least_bits(variances, error_energy / static_cast<double>(facts.shape.neurons)) +
                      static_cast<double>(live_parts(variances)) / 2 * std::log2(weights.law.entropy_power());
  return *facts.bits_per_weight - bits / static_cast<double>(facts.shape.width);
}

BoundValue rate_limit(const LayerFacts& facts) {
  if (const Failure failure = first_failure({inputs_and_rate(facts), same_inputs(facts), enough_samples(facts)}))
    return *failure;
  const EntryDistribution& weights = *facts.weight_law;
  const Vector variances = weights.variance() * facts.statistics.path->input_spectrum;
  const double bits = static_cast<double>(facts.shape.width) * *facts.bits_per_weight -
                      static_cast<double>(live_parts(variances)) / 2 * std::log2(weights.law.entropy_power());
  return static_cast<double>(facts.shape.neurons) * least_error(variances, bits);
}

}  // namespace pathquant
