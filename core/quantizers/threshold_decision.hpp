// Decisions with a threshold lambda: formulas in core/quantizers/deterministic_rounding.hpp.
#pragma once

#include <vector>

#include "core/quantizers/decision_rule.hpp"

namespace pathquant {

/// Nearest after moving the argument towards 0 by lambda.
template <class S>
class SoftDecision final : public DecisionRule<S> {
 public:
  SoftDecision(const Alphabet& alphabet, double threshold);
  std::int64_t decide(Index feature, Index neurons, const S* c, S* q) const override;

 private:
  std::vector<S> steps_;
  Levels<S> levels_;
  S threshold_;
};

/// 0 within lambda, beyond it lambda plus the nearest multiple of the step.
template <class S>
class HardDecision final : public DecisionRule<S> {
 public:
  HardDecision(const Alphabet& alphabet, double threshold);
  std::int64_t decide(Index feature, Index neurons, const S* c, S* q) const override;

 private:
  std::vector<S> steps_;
  Levels<S> levels_;
  S threshold_;
};

}  // namespace pathquant
