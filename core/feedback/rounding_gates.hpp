// What AdaRound minimises: every weight lies between the two levels beside it, where a gate puts it; the output error
// is to be small, and the gates are to be open or closed.
//
//   symbol   shape  meaning
//   L, G     N x P  the level below each weight, and the gap from there to the one above; no gap where the weight is a
//                   level, or lies beyond the last one
//   V, h     N x P  gates: h = clip(1.2 s - 0.1, 0, 1) with s = 1/(1 + exp(-V)), so the weight is at L + hG
//   delta_j         step of neuron j (with groups: its largest), the unit of what follows
//   D        N x P  (L + hG - W)/delta
//   H        N x N  Xq^T Xq over the mean of its diagonal entries that are not 0
//   R        N x P  Xq^T (X - Xq) W over the same mean and delta; 0 where X == Xq
//   lambda, beta    weight and exponent of the regulariser
//
//   loss = sum_j (d_j^T H d_j - 2 r_j^T d_j) + lambda sum_tj (1 - |2 h_tj - 1|^beta)
//
// The first sum is ||XW - Xq(L + hG)||_F^2 in these units, but for a constant. One weight that moves by a
// step costs about 1, so lambda means the same in every layer. Closed and open gates (h = 0, 1) have no gradient.
//
// Source: Nagel et al. 2020, arXiv 2004.10568, eq. 21 to 25, whose error is divided by m and not by the mean of the
// diagonal; the form by inner products is derived.
#pragma once

#include "core/alphabet/alphabet.hpp"
#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"
#include "core/linalg/packed_columns.hpp"

namespace pathquant {

/// lambda and beta.
struct GateRegularizer {
  double weight = 0;
  double exponent = 2;
};

/// h of one gate.
double gate(double v);

/// Of layers beyond most_features (core/feedback/most_features.hpp).
inline constexpr const char* gates_hold = "gates hold";

template <class S>
class RoundingGates {
 public:
  /// Throws std::domain_error beyond 32768 features.
  RoundingGates(const LayerProblem<S>& problem, const Alphabet& alphabet, const ExecutionContext& execution);

  const RowMatrix<S>& below() const { return below_; }  ///< L
  const RowMatrix<S>& above() const { return above_; }  ///< L + G
  std::int64_t clipped() const { return clipped_; }     ///< weights beyond the last level

  /// The V with which every weight is where it was. Where there is no gap the gate is open.
  RowMatrix<double> start() const;
  /// dloss/dV, on so many threads as `execution` allows.
  RowMatrix<double> gradient(const RowMatrix<double>& v, GateRegularizer regularizer,
                             const ExecutionContext& execution) const;

 private:
  RowMatrix<S> below_, above_;
  std::int64_t clipped_ = 0;
  RowMatrix<double> offset_;      // (L - W)/delta
  RowMatrix<double> gap_;         // G/delta
  PackedInputs<double> hessian_;  // H
  RowMatrix<double> drift_;       // R; empty where X == Xq
};

/// Multiply-adds of the preparation, and of one gradient, to leading order.
double rounding_gates_cost(LayerShape shape, bool mismatch);
double gate_gradient_cost(LayerShape shape);

extern template class RoundingGates<float>;
extern template class RoundingGates<double>;

}  // namespace pathquant
