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

#include <algorithm>
#include <cmath>

#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/rounding_error.hpp"

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
inline double rounding_energy(const LayerFacts& facts, double squares, double distances) {
  const EliminationFacts& elimination = *facts.statistics.elimination;
  if (!facts.quantizer.first_projected || !facts.mismatch) return squares * distances;
  return elimination.first_misses * elimination.first_square + squares * (distances - elimination.first_square);
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

/// The expected ||U||_F^2 for rounding errors of mean 0 that are uncorrelated with each other and with Uhat.
inline double predict_feedback(const LayerFacts& facts, double variance) {
  const EliminationFacts& elimination = *facts.statistics.elimination;
  const double energy = rounding_energy(facts, variance * facts.alphabet.steps.squaredNorm(), elimination.sum_squares);
  if (elimination.starts_at_minimum) return with_solution(energy, facts);
  return facts.statistics.alignment_energy + energy - elimination.lambda * elimination.deviation_energy;
}

}  // namespace pathquant
