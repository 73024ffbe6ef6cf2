// Error feedback: each decision is made from the weight and from what the decisions before it have left over.
//
//   symbol  shape  meaning
//   W~      N x P  the weights that are followed, rows as features are visited
//   F, M, d        core/feedback/elimination.hpp
//
//   v_t = w~_t + sum_{s<t} F_ts (w~_s - q_s),   q_t = decide(v_t),   xi_t = v_t - q_t
//
// For every neuron ||Xq(w~ - q)||^2 + lambda ||w~ - q||^2 = sum_t xi_t^2 d_t^2, since M(w~ - q) = diag(d) xi: each
// rounding error costs what the later features cannot undo. A dead feature takes the decision for 0.
//
// Source: OPTQ, arXiv 2210.17323; theory, O1.
#pragma once

#include "core/decision/decision_rule.hpp"
#include "core/feedback/elimination.hpp"
#include "core/layer/layer_problem.hpp"
#include "core/layer/quantized_layer.hpp"

namespace pathquant {

/// Q, its clipped decisions and its facts, but for `starts_at_minimum`. `weights` is W~; `first`: the P arguments of
/// the feature that is visited first, where they are not w~_1; otherwise null.
template <class S>
QuantizedLayer<S> feed_back(const LayerProblem<S>& problem, const Elimination<S>& elimination,
                            const RowMatrix<S>& weights, const RowMatrix<S>* first, const DecisionRule<S>& rule,
                            const ExecutionContext& execution);

/// Multiply-adds of it, to leading order.
inline double feedback_cost(LayerShape shape) {
  const auto n = static_cast<double>(shape.width);
  return n * n * static_cast<double>(shape.neurons) / 2;
}

extern template QuantizedLayer<float> feed_back(const LayerProblem<float>&, const Elimination<float>&,
                                                const RowMatrix<float>&, const RowMatrix<float>*,
                                                const DecisionRule<float>&, const ExecutionContext&);
extern template QuantizedLayer<double> feed_back(const LayerProblem<double>&, const Elimination<double>&,
                                                 const RowMatrix<double>&, const RowMatrix<double>*,
                                                 const DecisionRule<double>&, const ExecutionContext&);

}  // namespace pathquant
