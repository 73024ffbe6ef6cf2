// Gauss-Seidel on the output error ||XW - XqV||_F^2: one weight after another is set by what is best for it while all
// others stay.
//
//   symbol  shape  meaning
//   V       N x P  the weights at hand;  U = XW - XqV
//   H       N x N  Xq^T Xq
//   R       N x P  Xq^T (X - Xq) W; 0 where X == Xq
//
//   c_t = v_t + <Xq_t, U>/||Xq_t||^2 = w_t + (R_t + sum_{s != t} H_ts (w_s - v_s)) / H_tt,   v_t = step(t, c_t)
//
// As a function of v_t alone the error is H_tt (v_t - c_t)^2 and a constant, so a step to the nearest level never makes
// it larger. A dead feature (H_tt = 0) has c_t = 0: no V is better than another there.
//
// Source: coordinate descent; the form by inner products is derived.
#pragma once

#include "core/decision/decision_rule.hpp"
#include "core/feedback/causal_sweep.hpp"
#include "core/layer/layer_problem.hpp"

namespace pathquant {

/// Of layers beyond most_features (core/feedback/most_features.hpp).
inline constexpr const char* descent_holds = "descent holds";

template <class S>
class OutputDescent {
 public:
  /// Throws std::domain_error beyond 32768 features.
  OutputDescent(const LayerProblem<S>& problem, const ExecutionContext& execution);

  /// H_tt
  S curvature(Index t) const { return problem_.squared_norms()[static_cast<std::size_t>(t)]; }

  /// Writes v_t for neurons first .. first+count-1 from their c_t; v_t before it is in `v` still.
  using Step = std::function<void(Index t, Index first, Index count, const S* c, S* v)>;
  /// One pass over all features.
  void sweep(RowMatrix<S>& v, const Step& step, const ExecutionContext& execution) const;

  /// To the nearest level, until nothing changes or so many passes were made. Returns how many decisions were clipped,
  /// in all passes.
  std::int64_t descend(RowMatrix<S>& v, const DecisionRule<S>& rule, std::int64_t most_sweeps,
                       const ExecutionContext& execution) const;

  /// ||u_j||^2 for every neuron.
  Vector energies(const RowMatrix<S>& v, const ExecutionContext& execution) const;

 private:
  const LayerProblem<S>& problem_;
  PackedInputs<S> columns_;          // Xq, where it is held
  RowMatrix<S> drift_;               // (X - Xq) W, where they differ and are held
  RowMatrix<S> start_;               // w_t + R_t / H_tt
  std::vector<LowerRows<S>> lower_;  // H_ts / H_tt, one
  PackedInputs<S> upper_;            // the same for s > t
};

/// Multiply-adds of the preparation, and of one pass, to leading order.
double output_descent_cost(LayerShape shape, bool mismatch);
double output_sweep_cost(LayerShape shape);

extern template class OutputDescent<float>;
extern template class OutputDescent<double>;

}  // namespace pathquant
