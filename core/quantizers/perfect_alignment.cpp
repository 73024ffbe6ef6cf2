#include "core/quantizers/perfect_alignment.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <limits>

#include "core/kernels/column_kernels.hpp"
#include "core/layer/gram_errors.hpp"
#include "core/linalg/least_norm.hpp"
#include "core/linalg/product.hpp"

namespace pathquant {
namespace {

// outputs += sign inputs weights, in the kernels' order of summation.
template <class S>
void add_product(const Matrix<S>& inputs, const RowMatrix<S>& weights, double sign, const ExecutionContext& execution,
                 RowMatrix<double>& outputs) {
  Vector column(inputs.rows());
  Vector row(weights.cols());
  for (Index t = 0; t < inputs.cols(); ++t) {
    execution.poll();
    column = inputs.col(t).template cast<double>();
    row = sign * weights.row(t).template cast<double>();
    kernels::active<double>().update(inputs.rows(), weights.cols(), column.data(), row.data(), outputs.data());
  }
}

}  // namespace

template <class S>
RowMatrix<S> perfect_alignment(const LayerProblem<S>& problem, const ExecutionContext& execution,
                               RowMatrix<S>& residual) {
  const auto [samples, width, neurons] = problem.shape();
  RowMatrix<double> left = RowMatrix<double>::Zero(samples, neurons);
  add_product(problem.inputs(), problem.weights(), 1, execution, left);
  const Eigen::CompleteOrthogonalDecomposition<Matrix<double>> decomposition(
      problem.quantized_inputs().template cast<double>());
  RowMatrix<S> aligned(width, neurons);
  for (Index j = 0; j < neurons; ++j) {
    execution.poll();
    const Vector target = left.col(j);
    const Vector solution = decomposition.solve(target);
    aligned.col(j) = solution.cast<S>();
  }
  add_product(problem.quantized_inputs(), aligned, -1, execution, left);
  residual = left.cast<S>();
  return aligned;
}

template <class S>
RowMatrix<S> perfect_alignment(const GramCalibration<S>& gram, const RowMatrix<S>& weights,
                               const ExecutionContext& execution) {
  const TriangleRows<double>& h = gram.exact().gram();
  Matrix<double> square(gram.width(), gram.width());
  for (Index t = 0; t < gram.width(); ++t)
    for (Index k = 0; k <= t; ++k) square(t, k) = square(k, t) = h(t, k);
  const double smallest = static_cast<double>(gram.samples() + gram.width()) * std::numeric_limits<double>::epsilon();
  const RowMatrix<double> own = weights.template cast<double>();
  const RowMatrix<double> drift = drift_products(gram, weights, execution);
  LeastNorm shift = least_norm(square, smallest, drift, execution);
  if (shift.rank == gram.width()) return (own + shift.solution).template cast<S>();
  const RowMatrix<double> right = product(pack_inputs(square), own, execution) + drift;
  return least_norm(square, smallest, right, execution).solution.template cast<S>();
}

double perfect_alignment_cost(LayerShape shape) {
  const auto m = static_cast<double>(shape.samples);
  const auto n = static_cast<double>(shape.width);
  const auto p = static_cast<double>(shape.neurons);
  const double rank = std::min(m, n);
  return 2 * m * n * rank + p * (2 * m * n + 2 * (m + n) * rank);
}

template RowMatrix<float> perfect_alignment(const LayerProblem<float>&, const ExecutionContext&, RowMatrix<float>&);
template RowMatrix<double> perfect_alignment(const LayerProblem<double>&, const ExecutionContext&, RowMatrix<double>&);
template RowMatrix<float> perfect_alignment(const GramCalibration<float>&, const RowMatrix<float>&,
                                            const ExecutionContext&);
template RowMatrix<double> perfect_alignment(const GramCalibration<double>&, const RowMatrix<double>&,
                                             const ExecutionContext&);

}  // namespace pathquant
