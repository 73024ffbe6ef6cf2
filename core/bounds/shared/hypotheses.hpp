// The hypotheses that lines share, each as a check that answers with the sentence a user reads when it fails.
#pragma once

#include <initializer_list>
#include <optional>

#include "core/bounds/shared/bound.hpp"

namespace pathquant {

/// Absent: the hypothesis holds.
using Failure = std::optional<NotApplicable>;

Failure first_failure(std::initializer_list<Failure> checks);

/// There is an X.
Failure some_inputs(const LayerFacts& facts);
/// There is an X, and the levels have a step, one for every neuron or for groups of its weights, far above the rounding
/// of the arithmetic that made Q: at least 64 units in the last place of the neuron's largest weight, times sqrt(N) for
/// error feedback, which rounds every weight N times. At 64 the energy of these roundings is at most 1/1000 of that of
/// rounding to the levels.
Failure inputs_and_any_steps(const LayerFacts& facts);
/// There is an X, and every neuron has one such step.
Failure inputs_and_steps(const LayerFacts& facts);
/// Equispaced levels: mid-tread or mid-rise, finite or not.
Failure uniform_alphabet(const LayerFacts& facts);
/// Decisions are not shrunk or zeroed by a threshold.
Failure no_threshold(const LayerFacts& facts);
Failure nothing_clipped(const LayerFacts& facts);
/// X == Xq.
Failure same_inputs(const LayerFacts& facts);
/// Columns independent of each other and of W, and neither the step nor their order chosen by looking at them.
Failure independent_columns(const LayerFacts& facts);
/// The same, but the order may be by decreasing norm: given the norms the directions are what they were, and the large
/// norms get the small factors (T1.4).
Failure independent_or_sorted_columns(const LayerFacts& facts);
/// The order of the columns does not look at X.
Failure natural_order(const LayerFacts& facts);
/// Columns Gaussian, or uniform in a ball.
Failure gaussian_or_ball(const LayerFacts& facts);
/// No direction is preferred (core/bounds/shared/column_moments.hpp).
Failure columns_without_preference(const LayerFacts& facts);
/// The same, and E||X_1||^2 is known.
Failure columns_of_known_energy(const LayerFacts& facts);
/// X == Xq, or the pairs (X_t, Xq_t) are independent over t.
Failure independent_pairs(const LayerFacts& facts);
// The hypotheses of the predictions are about the law of the weights and are judged by the sample: an allowance and two
// standard deviations of what even weights give.

/// There are enough weights to judge that by: fewer than 52 may look 25 % more or less even than they are.
Failure enough_weights(const LayerFacts& facts);
/// And enough features and samples for rounding errors to be uncorrelated: N >= 6 and m >= 4.
Failure enough_steps_of_the_path(const LayerFacts& facts);

/// The weights lie evenly between the levels, as the uniform fractional parts of a prediction have them:
/// rounding_evenness is 1 up to 0.05.
Failure evenly_rounded_weights(const LayerFacts& facts);
/// The same for the arguments of path following. With N >= 4m the state adds noise of variance about step^2/12 to each
/// weight, which damps the first Fourier coefficient of its squared rounding error by exp(-2 pi^2/12) = 0.19, so 0.25
/// is allowed there: the prediction is then off by some 0.05.
Failure evenly_rounded_path(const LayerFacts& facts);
/// The same for stochastic rounding: stochastic_evenness.
Failure evenly_drawn_path(const LayerFacts& facts);
/// Nearest rounding errs to both sides, or the inputs cancel errors of one sign: together they add at most 0.05.
Failure unbiased_rounding(const LayerFacts& facts);

/// Decides `concerns`.
bool is_memoryless(const QuantizerTraits& traits);
bool is_memoryless_nearest(const QuantizerTraits& traits);
/// Path following whose decisions are a function of the argument: nearest, soft or hard.
bool is_deterministic_path(const QuantizerTraits& traits);
bool is_stochastic_path(const QuantizerTraits& traits);

}  // namespace pathquant
