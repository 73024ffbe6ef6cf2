// Logistic decisions: random decisions of relaxed quantization, the nearest level after adding logistic noise.
//
//   symbol  meaning
//   c, q    argument and decision;  g the levels;  delta the step of the neuron (the unit of a list)
//   sigma   scale of the noise in steps, >= 0; its standard deviation is pi/sqrt(3) sigma
//   S(x)    1/(1 + e^{-x}), the distribution of the noise L = log v - log(1 - v), v uniform on (0, 1)
//
// q = R(c + sigma delta L) with R the nearest level, so of equispaced levels that nothing clips
//   P(q = g) = S((g + delta/2 - c)/(sigma delta)) - S((g - delta/2 - c)/(sigma delta)),
// and the last levels of a finite alphabet take the tails. sigma = 0 is R itself. With larger sigma the decision may go
// beyond the two neighbouring levels. The rounding is biased: the mean is close to c only near the levels and halfway
// between them. For c = 0.3 delta it is 0.119 delta at sigma = 0.1 and 0.290 delta at 0.3. So no result for unbiased
// rounding applies.
//
// Source: Louizos et al. 2018, arXiv 1810.01875 (formula as recalled; there the probabilities are normalised over the
// levels, here the decision clips like all rounding).
#pragma once

#include "core/decision/decision_rule.hpp"

namespace pathquant {

/// Neuron j at feature t draws the uniform number at position j of row t of the stream, in both precisions.
template <class S>
class LogisticDecision final : public DecisionRule<S> {
 public:
  LogisticDecision(const Alphabet& alphabet, double sigma, Stream decisions);
  std::int64_t decide_some(Index feature, Index first, Index count, const S* c, S* q, S* margin) const override;

 private:
  Vector scales_;  // sigma delta for every neuron
  NearestDecision<S> nearest_;
  Stream decisions_;
};

}  // namespace pathquant
