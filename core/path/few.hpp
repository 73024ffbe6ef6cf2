// Path following for a layer of few neurons with X == Xq: each by core/kernels/few_kernels.hpp.
#pragma once

#include "core/interrupt.hpp"
#include "core/problem.hpp"
#include "core/quantizers/decision_rule.hpp"

namespace pathquant {

/// As follow_quantized_path (core/path/path_following.hpp), in natural order. The state may be null: not wanted.
template <class S>
std::int64_t follow_few(const LayerProblem<S>& problem, const RowMatrix<S>& weights, const DecisionRule<S>& rule,
                        const Interrupt& interrupt, RowMatrix<S>& decisions, RowMatrix<S>* state);

}  // namespace pathquant
