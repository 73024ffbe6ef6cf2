// The one definition of every measured error, used for every quantizer. All arithmetic is in double precision on the
// values of X, Xq, W and Q as they are, in a fixed order, whatever the precision of the quantizer.
//
//   symbol  shape   meaning
//   Y       m x P   XW, what the float layer puts out; y_j its columns
//   U       m x P   XW - XqQ, the error; u_j its columns (X == Xq: U = X(W - Q), which loses nothing to cancellation)
//
// Where path following would take its Gram form (core/path_following/variant.hpp) and X == Xq, U and Y are not formed unless an
// entry of U is asked for: ||u_j||^2 = (w_j - q_j)^T X^T X (w_j - q_j) and likewise ||y_j||^2, from inner products in
// double precision that all tasks on one X share (core/layer/gram_energies.hpp). That depends on the layer's shape alone.
// Where X and Xq are not held, U = Xq(W - Q) + (X - Xq)W is measured from the Gram side (core/layer/gram_errors.hpp), and
// what takes its entries is absent: max_abs_error and direction_error.
#pragma once

#include <optional>
#include <vector>

#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"

namespace pathquant {

/// Raised when the meaning of a metric changes: it is part of every cell's identity. Statistics for bounds have
/// versions of their own (core/facts/fact.hpp).
inline constexpr int metrics_version = 6;

struct LayerMetrics {
  double signal_energy = 0;             ///< ||XW||_F^2
  double error_energy = 0;              ///< ||XW - XqQ||_F^2
  double median_neuron_error = 0;       ///< median over neurons with y_j != 0 of ||u_j|| / ||y_j||; NaN without one
  double max_neuron_squared_error = 0;  ///< max_j ||u_j||^2
  std::optional<double> max_abs_error;  ///< max_ij |U_ij|; absent where U is not formed
  /// max_j |<a, u_j>| for the direction a that was asked for, 0 without one; absent where X and Xq are not held
  std::optional<double> direction_error = 0;
  double sparsity = 0;                       ///< share of zeros in Q
  double weight_relative_squared_error = 0;  ///< ||W - Q||_F^2 / ||W||_F^2; NaN when W = 0

  /// The best bias for this Q: the mean over the samples of every neuron's error (P entries). ||U||_F^2 falls by
  /// bias_energy = m ||bias||^2 when it is added to the outputs.
  Vector bias;
  double bias_energy = 0;

  /// ||U||_F^2 / ||XW||_F^2; NaN when XW = 0.
  double relative_squared_error() const { return error_energy / signal_energy; }
  /// ||U||_F / ||XW||_F.
  double relative_error() const;
  /// The same as relative_squared_error() when `bias` is added to the outputs.
  double bias_corrected_relative_squared_error() const;
};

/// ||y_j||^2 for every neuron j: of X and W alone, so the same for every Q. Throws Stopped when `execution` says so.
template <class S>
std::vector<double> signal_energies(const LayerProblem<S>& problem, const ExecutionContext& execution);

/// What may be asked for beside the energies.
struct MetricOptions {
  Vector direction = {};  ///< a (m entries), or empty
  bool entries = false;   ///< max_abs_error in any case: U is formed
};

/// `quantized` is Q (N x P), `signal` is signal_energies(problem). Throws Stopped when `execution` says so.
template <class S>
LayerMetrics measure(const LayerProblem<S>& problem, const RowMatrix<S>& quantized, const std::vector<double>& signal,
                     const ExecutionContext& execution, const MetricOptions& options = {});
template <class S>
LayerMetrics measure(const LayerProblem<S>& problem, const RowMatrix<S>& quantized, const ExecutionContext& execution,
                     const MetricOptions& options = {}) {
  return measure(problem, quantized, signal_energies(problem, execution), execution, options);
}

/// What a network that was calibrated on X and Xq does on other rows.
struct FreshMetrics {
  double signal_energy = 0;     ///< ||ZW||_F^2
  double error_energy = 0;      ///< ||ZW - ZqQ||_F^2
  double corrected_energy = 0;  ///< ||ZW - ZqQ - 1 bias^T||_F^2
};

/// Z and Zq (fresh samples x N) in place of X and Xq; absent: Zq = Z. `bias` is that of the calibration (P entries).
template <class S>
FreshMetrics measure_fresh(const Matrix<S>& inputs, const std::optional<Matrix<S>>& quantized_inputs,
                           const RowMatrix<S>& weights, const RowMatrix<S>& quantized, const Vector& bias,
                           const ExecutionContext& execution);

/// Multiply-adds of what is measured of a layer and `fresh` fresh rows, drawing them included: a number drawn costs
/// about ten, and the metrics take two products.
double measuring_cost(LayerShape shape, Index fresh);

/// The middle of them, or the mean of the middle two; NaN of none.
double median(std::vector<double> values);

/// log2(levels), by the project's own logarithm so that records do not depend on libm; exact for powers of two.
double bits_of(double levels);
/// Bits that a weight of a layer takes (the column `rate`): log2(levels) + 32 scales / weights, `scales` being the
/// number of steps stored.
double bits_per_weight(double levels, double scales, LayerShape shape);

}  // namespace pathquant
