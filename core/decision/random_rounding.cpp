#include "core/decision/random_rounding.hpp"

#include <stdexcept>

#include "core/decision/logistic_decision.hpp"

namespace pathquant {

const ParameterTable& RandomRounding::parameters() {
  static const ParameterTable table = {
      word("law", {"uniform", "logistic"},
           "of the random decisions (default: uniform); uniform: one of the two neighbouring levels, without bias; "
           "logistic: the nearest level after logistic noise, as in relaxed quantization, which is biased and has no "
           "line"),
      real("sigma", "scale of the logistic noise, in steps; 0 gives the nearest level").at_least(0)};
  return table;
}

RandomRounding RandomRounding::from(const Parameters& parameters) {
  const bool logistic = parameters.has("law") && parameters.is("law", "logistic");
  if (logistic && !parameters.has("sigma")) throw std::invalid_argument("law logistic needs sigma");
  if (!logistic && parameters.has("sigma")) throw std::invalid_argument("sigma goes with law logistic");
  if (!logistic) return {};
  return {parameters.real("sigma")};
}

template <class S>
std::unique_ptr<DecisionRule<S>> RandomRounding::rule(const Alphabet& alphabet, const Stream& decisions) const {
  if (sigma) return std::make_unique<LogisticDecision<S>>(alphabet, *sigma, decisions);
  return std::make_unique<StochasticDecision<S>>(alphabet, decisions);
}

template std::unique_ptr<DecisionRule<float>> RandomRounding::rule(const Alphabet&, const Stream&) const;
template std::unique_ptr<DecisionRule<double>> RandomRounding::rule(const Alphabet&, const Stream&) const;

}  // namespace pathquant
