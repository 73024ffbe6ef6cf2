#include "core/decision/deterministic_rounding.hpp"

#include <stdexcept>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/decision/threshold_decision.hpp"

namespace pathquant {
namespace {

void require_midtread(AlphabetKind kind, bool ties_to_lower) {
  if (kind != AlphabetKind::midtread || ties_to_lower)
    throw std::invalid_argument(
        "decisions soft and hard need a mid-tread alphabet with ties to the upper level: alphabet.kind midtread, and "
        "not alphabet.convention lybrand-saab");
}

}  // namespace

const ParameterTable& DeterministicRounding::parameters() {
  static const ParameterTable table = {
      word("decision", {"nearest", "soft", "hard"},
           "nearest: the nearest level; soft: after moving the argument towards 0 by the threshold; hard: 0 within the "
           "threshold, beyond it the levels are +-(threshold + k step), and a radius is that of the largest of them")
          .defaults_to("nearest")
          .labelled("decision rule"),
      real("threshold", "lambda of soft and hard decisions, in units of the weights")
          .at_least(0)
          .labelled(R"(threshold $\lambda$)", "units of the weights")};
  return table;
}

DeterministicRounding DeterministicRounding::from(const Parameters& parameters) {
  const bool threshold = parameters.has("threshold");
  if (parameters.is("decision", "nearest")) {
    if (threshold) throw std::invalid_argument("threshold goes with decision soft or hard");
    return {};
  }
  if (!threshold) throw std::invalid_argument("decisions soft and hard need a threshold");
  const AlphabetRule alphabet(parameters);
  require_midtread(alphabet.kind(), alphabet.ties_to_lower());
  return {parameters.is("decision", "soft") ? Rounding::soft : Rounding::hard, parameters.real("threshold")};
}

template <class S>
std::unique_ptr<DecisionRule<S>> DeterministicRounding::rule(const Alphabet& alphabet) const {
  if (rounding == Rounding::nearest) return std::make_unique<NearestDecision<S>>(alphabet);
  require_midtread(alphabet.kind, alphabet.ties_to_lower);
  if (rounding == Rounding::soft) return std::make_unique<SoftDecision<S>>(alphabet, threshold);
  return std::make_unique<HardDecision<S>>(alphabet, threshold);
}

template std::unique_ptr<DecisionRule<float>> DeterministicRounding::rule(const Alphabet&) const;
template std::unique_ptr<DecisionRule<double>> DeterministicRounding::rule(const Alphabet&) const;

}  // namespace pathquant
