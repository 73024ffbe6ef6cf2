// The prediction of error feedback, for the lines about OPTQ and Qronos. Symbols: core/bounds/shared/feedback_energy.hpp.
#pragma once

#include "core/bounds/shared/feedback_energy.hpp"
#include "core/bounds/shared/path_prediction.hpp"

namespace pathquant {

/// The expected ||U||_F^2 for rounding errors of mean 0 and this variance in units of delta_j^2, uncorrelated with each
/// other and with Uhat: ||Uhat||_F^2 + variance sum_j delta_j^2 ||Xq T||_F^2 (core/facts/feedback_transfer.hpp), and of
/// Qronos, whose first argument is not the solution that it is counted from, first_shift ||Xq T e_1||^2. No Q enters.
inline BoundValue predict_feedback(const LayerFacts& facts, double variance) {
  if (const Failure failure = first_failure(
          {inputs_and_steps(facts), uniform_alphabet(facts), nothing_clipped(facts), even_arguments(facts)}))
    return *failure;
  const Vector& transfer = facts.fact("feedback_transfer");
  const double rounding = variance * facts.alphabet.steps.squaredNorm() * transfer(0);
  return facts.statistics.alignment_energy + rounding + facts.statistics.elimination->first_shift * transfer(1);
}

}  // namespace pathquant
