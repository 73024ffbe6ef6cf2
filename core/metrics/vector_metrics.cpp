#include "core/metrics/vector_metrics.hpp"

#include <algorithm>
#include <cmath>

namespace pathquant {

double VectorMetrics::relative_error() const {
  return std::sqrt(relative_squared_error());
}

template <class S>
VectorMetrics measure_vectors(const RowMatrix<S>& weights, const RowMatrix<S>& quantized) {
  VectorMetrics metrics;
  const RowMatrix<double> all = weights.template cast<double>();
  metrics.signal_energy = all.squaredNorm();
  metrics.error_energy = (all - quantized.template cast<double>()).squaredNorm();
  double sum = 0;
  Index count = 0;
  for (Index j = 0; j < weights.cols(); ++j) {
    const Vector w = weights.col(j).template cast<double>();
    const Vector q = quantized.col(j).template cast<double>();
    const double energy = w.squaredNorm();
    if (!(energy > 0)) continue;
    const double error = (w - q).squaredNorm() / energy;
    sum += error;
    metrics.max_vector_error = std::max(metrics.max_vector_error, error);
    ++count;
  }
  metrics.mean_vector_error = sum / static_cast<double>(count);
  return metrics;
}

template VectorMetrics measure_vectors(const RowMatrix<float>&, const RowMatrix<float>&);
template VectorMetrics measure_vectors(const RowMatrix<double>&, const RowMatrix<double>&);

}  // namespace pathquant
