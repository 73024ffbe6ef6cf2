// What error feedback leaves, for the lines about OPTQ and Qronos.
//
//   symbol   meaning
//   d_t      distance of [Xq_t; sqrt(lambda) e_t] from the span of the later ones (core/layer/elimination_facts.hpp)
//   xi_t     rounding error of step t: argument minus decision
//   W~       the weights that are followed; Uhat = XW - XqW~
//
// For every neuron ||Xq(w~ - q)||^2 + lambda ||w~ - q||^2 = sum_t xi_t^2 d_t^2 =: E, whatever the data, the rounding
// and the clipping: with H = M^T M, M lower triangular, M(w~ - q) = diag(d) xi. From W~ to W:
//   W~ the minimum of ||XW - XqV||^2 + lambda ||V - W||^2 (X == Xq: W itself): by Pythagoras
//     ||U||_F^2 = ||Uhat||_F^2 + lambda (||W~ - W||_F^2 - ||W - Q||_F^2) + E;
//   otherwise ||U||_F <= ||Uhat||_F + sqrt(E - lambda ||W~ - Q||_F^2).
//
// Source: theory, O1 and O4 (Babai's nearest plane); cf. arXiv 2508.04853.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/rounding_error.hpp"
#include "core/bounds/shared/tolerance.hpp"

namespace pathquant {

inline bool is_optq(const QuantizerTraits& traits) {
  return traits.error_feedback && !traits.first_projected;
}
inline bool is_nearest_optq(const QuantizerTraits& traits) {
  return is_optq(traits) && traits.rounding == Rounding::nearest;
}
inline bool is_stochastic_optq(const QuantizerTraits& traits) {
  return is_optq(traits) && traits.rounding == Rounding::stochastic;
}
inline bool is_qronos(const QuantizerTraits& traits) {
  return traits.error_feedback && traits.first_projected;
}

/// E where sum_j xi_tj^2 is `squares` for every feature but, of Qronos and where X != Xq, the first, whose share is
/// what it was: its argument is not the solution that it is counted from.
/// `distances` is the sum over the features that `squares` multiplies, `first` the first feature's part of it.
inline double rounding_energy(const LayerFacts& facts, double squares, double distances, double first) {
  const EliminationFacts& elimination = *facts.statistics.elimination;
  if (!facts.quantizer.first_projected || !facts.mismatch) return squares * distances;
  return elimination.first_misses * elimination.first_square + squares * (distances - first);
}

/// E where every rounding error is at most half the largest gap of its levels, with a step for every neuron or for groups
/// of its weights.
inline double largest_rounding_energy(const LayerFacts& facts) {
  const EliminationFacts& elimination = *facts.statistics.elimination;
  if (facts.alphabet.group == 0)
    return rounding_energy(facts, squared_rounding_errors(facts), elimination.sum_squares, elimination.first_square);
  // Half the largest gap in units of the step, squared.
  const Alphabet& alphabet = facts.alphabet;
  const double half_gap = rounding_intervals(alphabet)(0) / alphabet.steps(0) / 2;
  const Vector& sums = facts.fact("grouped_rounding");
  return rounding_energy(facts, half_gap * half_gap, sums(0), sums(1));
}

/// Refuses layers with groups that were stored without their fact.
inline Failure grouped_rounding_known(const LayerFacts& facts) {
  if (facts.alphabet.group == 0 || facts.facts.contains("grouped_rounding")) return {};
  return NotApplicable{"the fact grouped_rounding is not stored with this layer (--force measures it again)"};
}

/// A bound on ||U||_F^2 from one on E.
inline double with_solution(double energy, const LayerFacts& facts) {
  const LayerStatistics& statistics = facts.statistics;
  const EliminationFacts& elimination = *statistics.elimination;
  if (elimination.starts_at_minimum)
    return statistics.alignment_energy + elimination.lambda * (elimination.shift_energy - elimination.weight_error) +
           energy;
  const double root = std::sqrt(statistics.alignment_energy) +
                      std::sqrt(std::max(0.0, energy - elimination.lambda * elimination.deviation_energy));
  return root * root;
}

/// The sum of the sizes of the terms of with_solution.
inline double terms_with_solution(double energy, const LayerFacts& facts) {
  const LayerStatistics& statistics = facts.statistics;
  const EliminationFacts& elimination = *statistics.elimination;
  if (elimination.starts_at_minimum)
    return statistics.alignment_energy + elimination.lambda * (elimination.shift_energy + elimination.weight_error) +
           energy;
  const double root =
      std::sqrt(statistics.alignment_energy) + std::sqrt(energy + elimination.lambda * elimination.deviation_energy);
  return root * root;
}

/// A difference of such terms where their rounding leaves at least 95 % of it.
inline BoundValue resolved_difference(double value, double terms, const LayerFacts& facts) {
  if (rounding_tolerance(facts) * terms <= 0.05 * value) return value;
  return NotApplicable{fmt::format(
      "it is a difference of terms that add up to {:.3g}, and what is left of them is of the size of their rounding",
      terms)};
}

/// The bound on ||U||_F^2 that holds with certainty, of OPTQ (O1) and of Qronos (O4).
inline BoundValue certain_feedback_bound(const LayerFacts& facts) {
  if (const Failure failure = first_failure({inputs_and_any_steps(facts), grouped_rounding_known(facts),
                                             bounded_rounding(facts), nothing_clipped(facts)}))
    return *failure;
  const double energy = largest_rounding_energy(facts);
  return resolved_difference(with_solution(energy, facts), terms_with_solution(energy, facts), facts);
}

}  // namespace pathquant
