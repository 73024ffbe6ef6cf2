// Stochastic decisions without bias that make small arguments 0 or large: the operator of pruning and quantization.
//
//   symbol  meaning
//   theta   threshold, a whole number of steps
//
//   |c| < theta   sign(c) theta with probability |c|/theta, otherwise 0
//   otherwise     one of the two neighbouring levels, with mean c
//
// The error c - q has mean 0 and lies on an interval of length max(theta, step).
//
// Source: Zhang & Saab 2024, arXiv 2412.18184.
#pragma once

#include "core/decision/decision_rule.hpp"

namespace pathquant {

/// For mid-tread alphabets with K >= theta. Neuron j at feature t draws what StochasticDecision draws.
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
