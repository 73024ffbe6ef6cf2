#include "core/feedback/least_squares_shift.hpp"

#include "core/linalg/product.hpp"

namespace pathquant {

template <class S>
ShiftedWeights<S> shift_weights(const LayerProblem<S>& problem, const Elimination<S>& elimination, double alpha,
                                const ExecutionContext& execution) {
  const Matrix<S>& xq = problem.quantized_inputs();
  const RowMatrix<S> drift = product(pack_inputs<S>(problem.inputs() - xq), problem.weights(), execution);
  const RowMatrix<S> right = product(pack_transposed(xq), drift, execution);
  ShiftedWeights<S> shifted;
  shifted.right = right.template cast<double>()(elimination.order(), Eigen::all);
  const RowMatrix<double> shift = alpha * elimination.solve(shifted.right, execution);
  shifted.weights =
      (problem.weights()(elimination.order(), Eigen::all).template cast<double>() + shift).template cast<S>();
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
