// Binomial statistics: exact intervals and tail probabilities for the frequency of an event in independent trials.
#pragma once

#include <cstddef>

#include "experiments/sample_statistics/moments.hpp"

namespace pathquant {

/// Clopper-Pearson interval for the probability of an event that occurred `events` times in `trials` >= 1. It misses
/// the true probability with probability at most `tail` on either side.
Interval clopper_pearson(std::size_t events, std::size_t trials, double tail = 0.025);

/// P(at least `events` of `trials`) for an event of probability p in [0, 1].
double chance_of_as_many(std::size_t events, std::size_t trials, double p);

}  // namespace pathquant
