// Pruned decisions: unbiased stochastic rounding that moves small arguments to 0 or to a threshold, the operator of
// combined pruning and quantization.
//
//   symbol  meaning
//   c, q    argument and decision
//   theta   threshold, an integer number of steps
//
//   |c| < theta   sign(c) theta with probability |c|/theta, otherwise 0
//   otherwise     one of the two neighbouring levels, with mean c
//
// The error c - q has mean 0 and lies in an interval of length max(theta, step).
//
// Source: Zhang & Saab 2024, arXiv 2412.18184.
#pragma once

#include "core/decision/decision_rule.hpp"

namespace pathquant {

/// Pruned decisions for mid-tread alphabets with K >= theta. Neuron j at feature t uses the draw of StochasticDecision.
template <class S>
class PrunedDecision final : public DecisionRule<S> {
 public:
  PrunedDecision(const Alphabet& alphabet, std::int64_t theta_in_steps, Stream decisions);
  std::int64_t decide_some(Index feature, Index first, Index count, const S* c, S* q, S* margin) const override;

 private:
  StochasticDecision<S> above_;
  std::vector<S> thresholds_;
  Stream decisions_;
};

extern template class PrunedDecision<float>;
extern template class PrunedDecision<double>;

}  // namespace pathquant
