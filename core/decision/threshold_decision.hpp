// Threshold decisions: soft and hard decisions with a threshold lambda. Formulas:
// core/decision/deterministic_rounding.hpp.
#pragma once

#include "core/decision/decision_rule.hpp"

namespace pathquant {

/// Soft decision: the nearest level after moving the argument towards 0 by lambda.
template <class S>
class SoftDecision final : public DecisionRule<S> {
 public:
  SoftDecision(const Alphabet& alphabet, double threshold);
  std::int64_t decide_some(Index feature, Index first, Index count, const S* c, S* q, S* margin) const override;
  std::optional<LevelRule<S>> levels() const override;

 private:
  BlockSteps<S> steps_;
  kernels::LevelRange<S> range_;
};

/// Hard decision: 0 within lambda, beyond it lambda plus the nearest multiple of the step.
template <class S>
class HardDecision final : public DecisionRule<S> {
 public:
  HardDecision(const Alphabet& alphabet, double threshold);
  std::int64_t decide_some(Index feature, Index first, Index count, const S* c, S* q, S* margin) const override;
  std::optional<LevelRule<S>> levels() const override;

 private:
  BlockSteps<S> steps_;
  kernels::LevelRange<S> range_;
};

}  // namespace pathquant
