// The alphabet that one layer is quantized with: the rule's, in the precision of the arithmetic, and with the number of
// levels that the quantizer chooses where the rule leaves it to it.
#pragma once

#include "core/alphabet/alphabet_rule.hpp"
#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {

/// Throws std::invalid_argument, with the reason as its text, when the rule leaves the number of levels to a quantizer
/// that cannot choose it, or has steps or zero points that the quantizer does not take.
void check_levels_rule(const AlphabetRule& rule, const QuantizerTraits& traits);

/// Steps are rounded to S, as the quantizer has them; check_levels_rule() must have passed. Throws std::domain_error
/// when the rule gives no step, no number of levels, or more levels than S tells apart; Stopped when `execution` says
/// so.
template <class S>
Alphabet layer_alphabet(const AlphabetRule& rule, const Quantizer& quantizer, const LayerProblem<S>& problem,
                        const ExecutionContext& execution);

/// Steps rounded to S. Throws std::domain_error when there are more levels than S tells apart.
template <class S>
Alphabet in_precision(Alphabet alphabet);

extern template Alphabet layer_alphabet(const AlphabetRule&, const Quantizer&, const LayerProblem<float>&,
                                        const ExecutionContext&);
extern template Alphabet layer_alphabet(const AlphabetRule&, const Quantizer&, const LayerProblem<double>&,
                                        const ExecutionContext&);

}  // namespace pathquant
