// The white-noise prediction of path following, for both kinds of rounding.
//
//   symbol    meaning
//   delta_j   step of neuron j
//   c         variance of a rounding error over delta_j^2: 1/12 nearest, 1/6 stochastic (the mean of f(1 - f) over f
//             in [0, 1))
//   S         sum_t v_t v_t^T, v_t = P_N ... P_{t+1} Xq_t
//
// U = Uhat + sum_t xi_t v_t exactly, with xi_t the rounding error of step t. With the xi_t uncorrelated, of mean 0 and
// variance c delta_j^2,  E||u_j||^2 = ||uhat_j||^2 + c delta_j^2 tr S.
#pragma once

#include "core/bounds/shared/expected_trace.hpp"
#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/lifts.hpp"

namespace pathquant {

inline constexpr double nearest_variance = 1.0 / 12.0;
inline constexpr double stochastic_variance = 1.0 / 6.0;

/// The rounding errors of a path have the variance and the mean of 0 that the prediction gives them.
inline Failure even_arguments(const LayerFacts& facts) {
  if (const Failure failure = enough_steps_of_the_path(facts)) return failure;
  if (facts.quantizer.rounding == Rounding::stochastic) return evenly_drawn_path(facts);
  return first_failure({evenly_rounded_path(facts), unbiased_rounding(facts)});
}

/// From the columns of the run: needs_path_covariance.
inline BoundValue predict_path(const LayerFacts& facts, double variance) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), uniform_alphabet(facts), no_threshold(facts),
                                             nothing_clipped(facts), even_arguments(facts)}))
    return *failure;
  return facts.statistics.alignment_energy + variance * squared_steps(facts.alphabet) * facts.statistics.path->trace;
}

/// From the law of the columns alone, tr S replaced by its mean.
inline BoundValue predict_path_by_law(const LayerFacts& facts, double variance) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), uniform_alphabet(facts), no_threshold(facts),
                                             nothing_clipped(facts), even_arguments(facts), same_inputs(facts),
                                             independent_columns(facts), columns_of_known_energy(facts)}))
    return *failure;
  return variance * squared_steps(facts.alphabet) *
         expected_trace(facts.columns, facts.law_samples(), facts.shape.width);
}

}  // namespace pathquant
