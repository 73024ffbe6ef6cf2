#include "core/inputs/mismatch.hpp"

#include <cmath>

namespace pathquant {

std::optional<EntryDistribution> entry_law(const ColumnDistribution& columns) {
  if (!columns.independent || !columns.gaussian_sigma || columns.dimension) return std::nullopt;
  return EntryDistribution{ScalarDistribution::gaussian(), *columns.gaussian_sigma};
}

ColumnDistribution with_noise(ColumnDistribution columns, double sigma) {
  if (sigma == 0) return columns;
  if (columns.dimension) {
    // The noise leaves the subspace, and the distribution of Xq is not isotropic in R^m.
    const bool independent = columns.independent;
    columns = {};
    columns.independent = independent;
    return columns;
  }
  // Gaussian noise is unbounded and symmetric, and adds its variance.
  columns.ball_radius.reset();
  columns.norm_bound.reset();
  columns.entry_bound.reset();
  if (columns.entry_second_moment) *columns.entry_second_moment += sigma * sigma;
  if (columns.gaussian_sigma) columns.gaussian_sigma = std::hypot(*columns.gaussian_sigma, sigma);
  return columns;
}

template <class S>
Matrix<S> noisy_inputs(const Matrix<S>& inputs, double sigma, const Stream& noise, const ExecutionContext& execution) {
  Matrix<S> quantized(inputs.rows(), inputs.cols());
  Vector draws(inputs.rows());
  for (Index t = 0; t < inputs.cols(); ++t) {
    execution.poll();
    noise.normals(t, 0, inputs.rows(), draws.data());
    quantized.col(t) = (inputs.col(t).template cast<double>() + sigma * draws).template cast<S>();
  }
  return quantized;
}

template Matrix<float> noisy_inputs(const Matrix<float>&, double, const Stream&, const ExecutionContext&);
template Matrix<double> noisy_inputs(const Matrix<double>&, double, const Stream&, const ExecutionContext&);

}  // namespace pathquant
