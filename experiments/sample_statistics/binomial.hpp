// How often something happens in independent trials: exact statements, for any number of trials and any rate.
#pragma once

#include <cstddef>

#include "experiments/sample_statistics/moments.hpp"

namespace pathquant {

/// The interval of Clopper and Pearson for the probability of an event that was seen `events` times in `trials` >= 1:
/// it misses the true one with probability at most `tail` on either side.
Interval clopper_pearson(std::size_t events, std::size_t trials, double tail = 0.025);

/// P(at least `events` of `trials`) when each happens with probability p in [0, 1].
double chance_of_as_many(std::size_t events, std::size_t trials, double p);

}  // namespace pathquant
