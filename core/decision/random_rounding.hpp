// Random rounding: decisions with uniform or logistic noise, selected by the parameters `law` and `sigma` of a
// quantizer.
//
//   uniform   one of the two neighbouring levels, with mean c: nearest rounding after uniform noise on one step
//   logistic  nearest rounding after logistic noise of scale sigma steps: core/decision/logistic_decision.hpp
#pragma once

#include <memory>
#include <optional>

#include "core/decision/decision_rule.hpp"
#include "core/decision/rounding.hpp"
#include "core/parameters.hpp"

namespace pathquant {

struct RandomRounding {
  std::optional<double> sigma = {};  ///< of the logistic law; absent: the uniform one

  static const ParameterTable& parameters();
  /// Throws std::invalid_argument when the parameters contradict each other; the message states the rule.
  static RandomRounding from(const Parameters& parameters);

  Rounding rounding() const { return sigma ? Rounding::logistic : Rounding::stochastic; }
  template <class S>
  std::unique_ptr<DecisionRule<S>> rule(const Alphabet& alphabet, const Stream& decisions) const;
};

extern template std::unique_ptr<DecisionRule<float>> RandomRounding::rule(const Alphabet&, const Stream&) const;
extern template std::unique_ptr<DecisionRule<double>> RandomRounding::rule(const Alphabet&, const Stream&) const;

}  // namespace pathquant
