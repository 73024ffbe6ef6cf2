// The factor of Xq^T Xq + lambda I with which the error of one feature is handed on to the later ones.
//
//   symbol  shape  meaning
//   H       N x N  Xq^T Xq + lambda I, features as they are visited; a dead one (Xq_t = 0) stands for itself
//   M       N x N  lower triangular, H = M^T M: later features are eliminated first
//   d_t            M_tt: the distance of [Xq_t; sqrt(lambda) e_t] from the span of the later ones
//   F       N x N  M_ts / M_tt for s < t
//
// OPTQ's step v_{>t} += (v_t - q_t) H_{>t,>t}^{-1} H_{>t,t} is, summed up, v_t = w_t + sum_{s<t} F_ts (w_s - q_s): the
// form of GPFQ with F in place of H_ts / H_tt. Neither H^{-1} nor its factor is needed.
//
// lambda = damping times the mean of the live ||Xq_t||^2. Where H turns out singular in the precision of S the damping
// becomes the larger of ten times what it was and 1e-6, until it does not.
//
// Source: Frantar et al. 2022, arXiv 2210.17323 (the steps and the damping); theory, O1; the form without an inverse is
// derived: W - Q = T xi with T = M^{-1} diag(M), so xi = F (W - Q) + (W - Q).
#pragma once

#include <vector>

#include "core/feedback/causal_sweep.hpp"
#include "core/layer/elimination_facts.hpp"
#include "core/layer/layer_problem.hpp"

namespace pathquant {

/// Of layers beyond most_features (core/feedback/most_features.hpp).
inline constexpr const char* feedback_holds = "error feedback holds";

template <class S>
class Elimination {
 public:
  /// Features are visited as `order` lists them. damping >= 0. Throws std::domain_error beyond 32768 features, whose
  /// matrices are too large to be held.
  Elimination(const LayerProblem<S>& problem, std::vector<Index> order, double damping,
              const ExecutionContext& execution);

  const std::vector<Index>& order() const { return order_; }
  Index features() const { return static_cast<Index>(order_.size()); }
  bool dead(Index t) const { return dead_[static_cast<std::size_t>(t)]; }
  /// d_t^2
  double squared_distance(Index t) const { return distances_(t) * distances_(t); }
  /// What is known before anything is quantized.
  const EliminationFacts& facts() const { return facts_; }
  EliminationFactor factor() const { return {reversed_, dead_}; }

  /// M_t1 .. M_t,t-1
  void read_row(Index t, double* out) const;
  /// F
  LowerRows<S> feedback() const;
  /// M^{-T} R for an R of N rows.
  RowMatrix<double> solve_transposed(RowMatrix<double> right, const ExecutionContext& execution) const;
  /// H^{-1} R
  RowMatrix<double> solve(RowMatrix<double> right, const ExecutionContext& execution) const;

 private:
  void read_gram(const LayerProblem<S>& problem, double lambda, double of_dead);

  std::vector<Index> order_;
  std::vector<bool> dead_;
  // M with both orders turned round and transposed: the Cholesky factor of H turned round
  std::shared_ptr<Matrix<double>> reversed_ = std::make_shared<Matrix<double>>();
  Vector distances_;
  EliminationFacts facts_;
};

/// Multiply-adds of it, to leading order.
double elimination_cost(LayerShape shape);

extern template class Elimination<float>;
extern template class Elimination<double>;

}  // namespace pathquant
