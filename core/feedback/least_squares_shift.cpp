#include "core/feedback/least_squares_shift.hpp"

#include "core/layer/gram_errors.hpp"
#include "core/linalg/product.hpp"

namespace pathquant {

namespace {

// W~ and R from the Xq^T (X - Xq) W of features in their own order.
template <class S>
ShiftedWeights<S> shifted_by(const LayerProblem<S>& problem, const Elimination<S>& elimination, double alpha,
                             const RowMatrix<double>& right, const ExecutionContext& execution) {
  ShiftedWeights<S> shifted;
  shifted.right = right(elimination.order(), Eigen::all);
  const RowMatrix<double> shift = alpha * elimination.solve(shifted.right, execution);
  shifted.weights =
      (problem.weights()(elimination.order(), Eigen::all).template cast<double>() + shift).template cast<S>();
  return shifted;
}

}  // namespace

template <class S>
ShiftedWeights<S> shift_weights(const LayerProblem<S>& problem, const Elimination<S>& elimination, double alpha,
                                const ExecutionContext& execution) {
  if (const GramCalibration<S>* gram = problem.gram_side()) {
    ShiftedWeights<S> shifted =
        shifted_by(problem, elimination, alpha, drift_products(*gram, problem.weights(), execution), execution);
    RowMatrix<S> natural(problem.shape().width, problem.shape().neurons);
    natural(elimination.order(), Eigen::all) = shifted.weights;
    const std::vector<double> energies = error_energies(*gram, problem.weights(), natural, execution);
    shifted.residual_energies = Eigen::Map<const Vector>(energies.data(), std::ssize(energies));
    return shifted;
  }
  const Matrix<S>& xq = problem.quantized_inputs();
  const RowMatrix<S> drift = product(pack_inputs<S>(problem.inputs() - xq), problem.weights(), execution);
  const RowMatrix<S> right = product(pack_transposed(xq), drift, execution);
  ShiftedWeights<S> shifted = shifted_by(problem, elimination, alpha, right.template cast<double>(), execution);
  RowMatrix<S> moved(problem.shape().width, problem.shape().neurons);
  moved(elimination.order(), Eigen::all) = shifted.weights - problem.weights()(elimination.order(), Eigen::all);
  shifted.residual = drift - product(pack_inputs<S>(xq), moved, execution);
  return shifted;
}

double shift_cost(LayerShape shape) {
  const auto m = static_cast<double>(shape.samples);
  const auto n = static_cast<double>(shape.width);
  return (3 * m + n) * n * static_cast<double>(shape.neurons);
}

template ShiftedWeights<float> shift_weights(const LayerProblem<float>&, const Elimination<float>&, double,
                                             const ExecutionContext&);
template ShiftedWeights<double> shift_weights(const LayerProblem<double>&, const Elimination<double>&, double,
                                              const ExecutionContext&);

}  // namespace pathquant
