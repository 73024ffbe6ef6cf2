// Errors of quantizing vectors by themselves, whatever they are multiplied with.
//
//   symbol  shape  meaning
//   W, Q    N x P  P vectors w_j of N numbers, and what they were quantized to
#pragma once

#include "core/types.hpp"

namespace pathquant {

struct VectorMetrics {
  double signal_energy = 0;      ///< ||W||_F^2
  double error_energy = 0;       ///< ||W - Q||_F^2
  double mean_vector_error = 0;  ///< mean over the vectors w_j != 0 of ||w_j - q_j||^2 / ||w_j||^2; NaN without one
  double max_vector_error = 0;   ///< their maximum

  /// ||W - Q||_F^2 / ||W||_F^2; NaN when W = 0.
  double relative_squared_error() const { return error_energy / signal_energy; }
  double relative_error() const;
};

/// Multiply-adds of it, drawing the vectors included.
inline double vector_metrics_cost(LayerShape shape) {
  return 40 * static_cast<double>(shape.width) * static_cast<double>(shape.neurons);
}

/// In double precision, vector by vector.
template <class S>
VectorMetrics measure_vectors(const RowMatrix<S>& weights, const RowMatrix<S>& quantized);

extern template VectorMetrics measure_vectors(const RowMatrix<float>&, const RowMatrix<float>&);
extern template VectorMetrics measure_vectors(const RowMatrix<double>&, const RowMatrix<double>&);

}  // namespace pathquant
