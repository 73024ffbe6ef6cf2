// Deterministic rounding: nearest, soft-thresholded or hard-thresholded decisions, selected by the parameters
// `decision` and `threshold` of a quantizer.
//
//   symbol  meaning
//   c       argument of the decision
//   lambda  threshold >= 0
//   K       half the number of levels (infinity: no clipping)
//
//   nearest  q = R(c), the nearest level; mid-tread: R(c) = step clip(floor(c/step + 1/2), -K, K)
//   soft     q = R(s), s = sign(c) max(|c| - lambda, 0); the levels are those of the alphabet
//   hard     q = 0 where |c| <= lambda, otherwise sign(c) (lambda + |R(s)|); the levels are 0 and +-(lambda + k step),
//            k = 0..K: 2K + 3 of them
//
// With c = <Xq_t, u>/||Xq_t||^2 the decisions are the levels p that minimise
//   nearest  1/2 ||u - p Xq_t||^2
//   soft     1/2 ||u - p Xq_t||^2 + lambda ||Xq_t||^2 |p|
//   hard     1/2 ||u - p Xq_t||^2 + lambda^2/2 ||Xq_t||^2 [p != 0]
//
// A tie goes to the upper of the two levels. Soft and hard decisions need a mid-tread alphabet with that tie rule.
// A decision counts as clipped where |floor(s/step + 1/2)| > K.
//
// Source: Zhang, Zhou & Saab 2022, arXiv 2201.11113 and its published code; the minimisation property is derived.
#pragma once

#include <memory>

#include "core/decision/decision_rule.hpp"
#include "core/decision/rounding.hpp"
#include "core/parameters.hpp"

namespace pathquant {

struct DeterministicRounding {
  Rounding rounding = Rounding::nearest;  ///< nearest, soft or hard
  double threshold = 0;                   ///< lambda; 0 for nearest

  static const ParameterTable& parameters();
  /// Throws std::invalid_argument when the parameters contradict each other or the alphabet; the message states the
  /// rule.
  static DeterministicRounding from(const Parameters& parameters);

  /// The decision rule for an alphabet. Throws std::invalid_argument where the rule does not support the alphabet.
  template <class S>
  std::unique_ptr<DecisionRule<S>> rule(const Alphabet& alphabet) const;
};

extern template std::unique_ptr<DecisionRule<float>> DeterministicRounding::rule(const Alphabet&) const;
extern template std::unique_ptr<DecisionRule<double>> DeterministicRounding::rule(const Alphabet&) const;

}  // namespace pathquant
