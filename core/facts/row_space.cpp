#include "core/facts/row_space.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

#include "core/kernels/column_kernels.hpp"

namespace pathquant {
namespace {

// X times a matrix, in the kernels' order of summation.
RowMatrix<double> product(const Matrix<double>& inputs, const RowMatrix<double>& right,
                          const ExecutionContext& execution) {
  RowMatrix<double> result = RowMatrix<double>::Zero(inputs.rows(), right.cols());
  for (Index t = 0; t < inputs.cols(); ++t) {
    execution.poll();
    kernels::active<double>().update(inputs.rows(), right.cols(), inputs.col(t).data(), right.row(t).data(),
                                     result.data());
  }
  return result;
}

}  // namespace

RowSpaceError row_space_error(const Matrix<double>& inputs, const RowMatrix<double>& difference, const Stream& stream,
                              const ExecutionContext& execution) {
  const Index width = inputs.cols();
  const Index neurons = difference.cols();
  RowMatrix<double> draws(width, neurons);
  for (Index t = 0; t < width; ++t) stream.normals(t, 0, neurons, draws.row(t).data());
  const RowMatrix<double> errors = product(inputs, difference, execution);
  const RowMatrix<double> seen = product(inputs, draws, execution);
  execution.poll();
  const Eigen::CompleteOrthogonalDecomposition<Matrix<double>> decomposition(inputs);
  RowSpaceError result{0, Vector(neurons)};
  for (Index j = 0; j < neurons; ++j) {
    execution.poll();
    const Vector error = errors.col(j);
    const Vector outputs = seen.col(j);
    result.deviations[j] = decomposition.solve(error).norm();
    const Vector point = decomposition.solve(outputs);
    double inner = 0;
    for (Index t = 0; t < width; ++t) inner = std::fma(point[t], difference(t, j), inner);
    result.largest = std::max(result.largest, std::abs(inner));
  }
  return result;
}

double row_space_cost(LayerShape shape) {
  const auto m = static_cast<double>(shape.samples);
  const auto n = static_cast<double>(shape.width);
  return m * n * (2 * std::min(m, n) + 8 * static_cast<double>(shape.neurons));
}

}  // namespace pathquant
