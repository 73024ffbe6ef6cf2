// The path-following recurrence to the letter (core/path_following/path_following.hpp), in the order of its definition,
// one feature at a time: the oracle of every faster form.
#pragma once

#include <span>

#include "core/decision/decision_rule.hpp"
#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"

namespace pathquant::plain {

/// As pathquant::follow_path.
template <class S>
std::int64_t follow_path(const LayerProblem<S>& problem, const RowMatrix<S>& weights, const DecisionRule<S>& rule,
                         const ExecutionContext& execution, RowMatrix<S>& decisions, RowMatrix<S>& state,
                         std::span<const Index> order = {});

/// As pathquant::follow_quantized_path.
template <class S>
std::int64_t follow_quantized_path(const LayerProblem<S>& problem, const RowMatrix<S>& weights,
                                   const DecisionRule<S>& rule, const ExecutionContext& execution,
                                   RowMatrix<S>& decisions, RowMatrix<S>& state, std::span<const Index> order = {});

}  // namespace pathquant::plain
