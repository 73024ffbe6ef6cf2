// Path following one neuron at a time, for layers of few neurons with X == Xq (core/kernels/single_neuron_kernels.hpp).
#pragma once

#include "core/decision/decision_rule.hpp"
#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"

namespace pathquant {

/// As follow_quantized_path (core/path_following/path_following.hpp), in natural order. The state may be null: not
/// wanted.
template <class S>
std::int64_t follow_single_neuron(const LayerProblem<S>& problem, const RowMatrix<S>& weights,
                                  const DecisionRule<S>& rule, const ExecutionContext& execution,
                                  RowMatrix<S>& decisions, RowMatrix<S>* state);

}  // namespace pathquant
