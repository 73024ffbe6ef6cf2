// The path-following recurrence to the letter (core/path/path_following.hpp), in the order of its definition, one
// feature at a time: the oracle of every faster form.
#pragma once

#include <span>

#include "core/interrupt.hpp"
#include "core/problem.hpp"
#include "core/quantizers/decision_rule.hpp"

namespace pathquant::plain {

/// As pathquant::follow_path.
template <class S>
std::int64_t follow_path(const LayerProblem<S>& problem, const RowMatrix<S>& weights, const DecisionRule<S>& rule,
                         const Interrupt& interrupt, RowMatrix<S>& decisions, RowMatrix<S>& state,
                         std::span<const Index> order = {});

/// As pathquant::follow_quantized_path.
template <class S>
std::int64_t follow_quantized_path(const LayerProblem<S>& problem, const RowMatrix<S>& weights,
                                   const DecisionRule<S>& rule, const Interrupt& interrupt, RowMatrix<S>& decisions,
                                   RowMatrix<S>& state, std::span<const Index> order = {});

}  // namespace pathquant::plain
