// The numbers of one task from which every theoretical line can be evaluated without X, W or Q: they are stored with
// the record, so lines can be added, or their probability changed, without running a quantizer again.
//
//   symbol  shape    meaning (source: theory, sections 0 and 0.1)
//   P_t     m x m    I - Xq_t Xq_t^T / ||Xq_t||^2, the projector off column t (I for a dead column)
//   v_t     m        P_N ... P_{t+1} Xq_t, what is left at the end of a unit rounding error made at step t
//   S       m x m    sum_t v_t v_t^T; u_N = uhat_N + sum_t xi_t v_t
//   uhat    m x P    XW - Xq W~, residual of the data alignment (0 where X == Xq)
#pragma once

#include <optional>

#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"
#include "core/path_following/path_growth.hpp"
#include "core/quantizers/quantizer.hpp"

namespace pathquant {

/// S and the columns it is made of, summarised.
struct PathCovariance {
  double trace = 0;         ///< tr S
  double trace_square = 0;  ///< tr S^2
  double norm = 0;          ///< ||S||_op
  double max_diagonal = 0;  ///< max_i S_ii over the samples i
  double sum_norms = 0;     ///< sum_t ||v_t||
  double directional = 0;   ///< a^T S a for the direction a that was asked for
  /// ||P||_op, P = P_N ... P_1: what one pass of alignment leaves of a residual. Where it is below 2^-60 sum_t ||v_t||
  /// / ||X_1||, a bound on it.
  double sweep_norm = 0;
  Vector input_spectrum = {};  ///< the min(m, N) eigenvalues of Xq Xq^T and of Xq^T Xq, ascending
};

/// Multiply-adds of path_covariance, to leading order: 3 m^2 N when N > m, otherwise 2 m N^2, and two eigenvalue
/// problems of the smaller of the two sizes (N >= m: three).
double path_covariance_cost(LayerShape shape);
/// By the m x m recursion when N > m and by the N x N form when N <= m, in double precision. `direction` is a (m
/// entries), or empty.
PathCovariance path_covariance(const Matrix<double>& quantized_inputs, const ExecutionContext& execution,
                               const Vector& direction = {});

/// What is known of the columns before the last ones.
struct EarlierColumns {
  double sum_norms = 0;     ///< sum_t ||Xq_t||
  double largest_norm = 0;  ///< kappa, of all columns
};
/// So many last columns decide S to its last digit, but for columns that hardly change direction.
inline Index tail_columns(Index samples) {
  return 40 * samples;
}
/// The same from the last columns alone, m of them or more: the recursion starts from kappa^2 I, which S is never above
/// (theory, F3), so every number is that of S or above it. input_spectrum stays empty.
PathCovariance path_covariance_of_tail(const Matrix<double>& last_columns, const EarlierColumns& earlier,
                                       const ExecutionContext& execution, const Vector& direction = {});

/// All that costs no more than one look at X and W.
struct LayerStatistics {
  double input_energy = 0;         ///< ||Xq||_F^2 = sum_t ||Xq_t||^2
  double largest_norm = 0;         ///< kappa = max_t ||Xq_t||
  double drift_energy = 0;         ///< ||(X - Xq) W||_F^2
  Vector largest_weights;          ///< max_t |w_tj| for every neuron j
  double weight_error_energy = 0;  ///< ||W - Q||_F^2
  Vector largest_aligned_weights;  ///< the same of the weights that are rounded: the quantizer's aligned ones, or W
  double total_input_energy = 0;   ///< ||sum_t Xq_t||^2: how far errors of one sign add up
  /// How W lies between the levels of the infinite alphabet, delta_j Z (mid-tread) or delta_j (Z + 1/2) (mid-rise):
  /// with d the signed distance to the nearest and f that to the one below, in steps, as means over the weights. For a
  /// list of levels, and levels of the quantizer's own, as if even.
  double rounding_evenness = 1;    ///< of 12 d^2: 1 where the weights spread evenly over the steps
  double rounding_bias = 0;        ///< of d: 0 there
  double stochastic_evenness = 1;  ///< of 6 f(1 - f): 1 there
  /// Of uhat (the quantizer's own alignment; one pass for path following without one; XW - XqW for error feedback that
  /// follows W itself): ||Uhat||_F^2, max_j ||uhat_j||,
  /// max |Uhat_ij|.
  double alignment_energy = 0;
  double largest_alignment_norm = 0;
  double largest_alignment_entry = 0;
  double largest_alignment_along = 0;  ///< max_j |<a, uhat_j>| for the direction a that was asked for
  double alignment_reach = 0;  ///< sum_j (sum_t |w_tj| ||P_t X_t||)^2, which ||Uhat||_F^2 of one pass cannot exceed
  std::optional<EliminationFacts> elimination;  ///< of error feedback
  // Absent when no bound asked for them.
  std::optional<PathCovariance> path;
  std::optional<PathGrowth> growth;

  /// ||Uhat||_F / ||XW||_F, the column `alignment_residual`.
  double relative_alignment_residual(double signal_energy) const;
};

/// Everything but `path` and `growth`. `direction` is a (m entries), or empty. For path following without an alignment
/// of its own, Uhat is that of one pass (theory, F1: u = uhat + V xi).
template <class S>
LayerStatistics layer_statistics(const LayerProblem<S>& problem, const QuantizerTraits& traits,
                                 const Alphabet& alphabet, const QuantizedLayer<S>& result,
                                 const ExecutionContext& execution, const Vector& direction = {});

}  // namespace pathquant
