#include "core/quantizers/layer_alphabet.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <stdexcept>

namespace pathquant {

void check_levels_rule(const AlphabetRule& rule, const QuantizerTraits& traits) {
  if (rule.by_blocks() && !traits.block_alphabets)
    throw std::invalid_argument(fmt::format(
        "this quantizer has one step for each neuron and levels around 0: alphabet.granularity group and alphabet.kind "
        "asymmetric go with {}",
        fmt::join(quantizers_with([](const QuantizerTraits& other) { return other.block_alphabets; }), ", ")));
  if (!rule.no_clip_probability() || traits.chooses_levels) return;
  if (!traits.uses_inputs)
    throw std::invalid_argument(
        "alphabet.levels.rule spfq_no_clip is about arguments that follow a path; this quantizer rounds the weights "
        "themselves, so its largest level need only reach the largest weight: alphabet.radius.rule absmax");
  throw std::invalid_argument(
      "alphabet.levels.rule spfq_no_clip is proved for rounding errors that are random with mean 0 and so rarely add "
      "up (spfq); of this quantizer no number of levels is known with which it clips nothing: give "
      "alphabet.levels or alphabet.bits");
}

template <class S>
Alphabet layer_alphabet(const AlphabetRule& rule, const Quantizer& quantizer, const LayerProblem<S>& problem,
                        const ExecutionContext& execution) {
  Alphabet alphabet = rule.resolve(problem.weights().template cast<double>());
  alphabet.steps = alphabet.steps.cast<S>().template cast<double>().eval();
  alphabet.group_steps = alphabet.group_steps.cast<S>().template cast<double>().eval();
  if (rule.no_clip_probability())
    alphabet.half_levels =
        quantizer.no_clip_half_levels(problem, alphabet, *rule.no_clip_probability(), execution).value();
  return in_precision<S>(std::move(alphabet));
}

template <class S>
Alphabet in_precision(Alphabet alphabet) {
  alphabet.steps = alphabet.steps.cast<S>().template cast<double>().eval();
  constexpr double most = std::int64_t{1} << std::numeric_limits<S>::digits;
  if (alphabet.half_levels && static_cast<double>(*alphabet.half_levels) > most)
    throw std::domain_error(fmt::format("the alphabet has more levels than the precision tells apart: K = {} > {}",
                                        *alphabet.half_levels, most));
  return alphabet;
}
template Alphabet in_precision<float>(Alphabet);
template Alphabet in_precision<double>(Alphabet);

template Alphabet layer_alphabet(const AlphabetRule&, const Quantizer&, const LayerProblem<float>&,
                                 const ExecutionContext&);
template Alphabet layer_alphabet(const AlphabetRule&, const Quantizer&, const LayerProblem<double>&,
                                 const ExecutionContext&);

}  // namespace pathquant
