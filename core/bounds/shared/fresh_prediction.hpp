// What rounding is expected to cost on a fresh row, relative to what the row puts out.
//
//   symbol    meaning
//   z, Sigma  fresh row, E z z^T: core/inputs/second_moment.hpp
//   delta_j   step of neuron j
//   c         variance of a rounding error over delta_j^2: 1/12 nearest, 1/6 stochastic
//   spread    core/facts/fresh_spread.hpp
//
// E ||z^T(W - Q)||^2 ~ c sum_j delta_j^2 spread over E ||z^T W||^2 = tr W^T Sigma W, both for given X and W: the ratio
// of means, which the ratio of sums over many fresh rows is near to.
#pragma once

#include <fmt/format.h>

#include "core/bounds/shared/lifts.hpp"
#include "core/bounds/shared/path_prediction.hpp"

namespace pathquant {

/// Fresh rows have a second moment that is known, and X has no column that Q ignores.
inline Failure known_fresh_rows(const LayerFacts& facts) {
  if (!facts.fresh.expected_energy)
    return NotApplicable{"the second moment of a fresh row is not known for these inputs"};
  if (!(*facts.fresh.expected_energy > 0)) return NotApplicable{"fresh rows put out zeros only"};
  // Their energy scatters by sqrt(2/(rows neurons)) or more, and the mean of a ratio exceeds the ratio of means by the
  // square of that.
  constexpr Index least_outputs = 64;
  if (facts.fresh.rows && *facts.fresh.rows * facts.shape.neurons < least_outputs)
    return NotApplicable{fmt::format("{} fresh rows of {} neurons: fewer than {} outputs make no ratio of means",
                                     *facts.fresh.rows, facts.shape.neurons, least_outputs)};
  if (facts.fresh.spread->dead_columns > 0)
    return NotApplicable{"a column of X is 0: there the weights are rounded without regard to what fresh rows have"};
  return {};
}

inline BoundValue predict_fresh(const LayerFacts& facts, double variance, double FreshSpread::*spread) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), uniform_alphabet(facts), no_threshold(facts),
                                             nothing_clipped(facts), same_inputs(facts), known_fresh_rows(facts)}))
    return *failure;
  return variance * squared_steps(facts.alphabet) * (*facts.fresh.spread).*spread / *facts.fresh.expected_energy;
}

}  // namespace pathquant
