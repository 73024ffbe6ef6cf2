// S summarised, by one sweep over blocks of columns from the last to the first.
//
//   symbol  shape   meaning
//   n, b            live columns; columns of one block
//   Y       m x n   the live columns, each divided by its norm (a zero column has v_t = 0 and changes nothing)
//   A       m x m   P_n ... P_{t+1}, what the later columns leave of a vector
//   Z       m x n   z_t = A y_t, so v_t = ||Xq_t|| z_t
//   M_b     b x b   unit lower triangle of Y_b^T Y_b
//
// The product of the projectors of one block is I - Y_b M_b^{-1} Y_b^T (one Gauss-Seidel sweep), so with A as it is
// right of the block
//   Z_b = A Y_b M_b^{-1},   A <- A - Z_b Y_b^T.
// For n > m A is kept, and S is summed: 2.5 m^2 n. For n <= m A stays I - Z Y^T over the columns done, which makes this
// the right-hand solve Z (I + L) = Y with the triangle of the Gram matrix: 1 m n^2, and K = V^T V has the nonzero
// spectrum of S. Stable for any columns, repeated ones included: M_b + M_b^T = Y_b^T Y_b + I >= I gives ||M_b^{-1}|| <=
// 2, and ||A|| <= 1.
//
// Source: theory, F1 and F2.
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "core/facts/layer_statistics.hpp"
#include "core/path_following/live_columns.hpp"

namespace pathquant {
namespace {

using Dense = Matrix<double>;

constexpr Index block_width = 32;  // as often as ExecutionContext reads its clock; wide enough for matrix products

// rest <- rest M_b^{-1}
void solve_block(const Dense& columns, Eigen::Ref<Dense> rest) {
  const Dense gram = columns.transpose() * columns;
  gram.triangularView<Eigen::UnitLower>().solveInPlace<Eigen::OnTheRight>(rest);
}

void scale_columns(Eigen::Ref<Dense> columns, const double* norms) {
  for (Index i = 0; i < columns.cols(); ++i) columns.col(i) *= norms[i];
}

void add_norms(const Dense& columns, PathCovariance& sums) {
  sums.trace += columns.squaredNorm();
  sums.sum_norms += columns.colwise().norm().sum();
}

// `lower` holds a symmetric matrix in its lower triangle; S itself or K, which share what is read here.
void add_spectrum(const Dense& lower, PathCovariance& sums) {
  const double diagonal = lower.diagonal().squaredNorm();
  const Dense below = lower.triangularView<Eigen::StrictlyLower>();
  sums.trace_square = diagonal + 2.0 * below.squaredNorm();
  const Eigen::SelfAdjointEigenSolver<Dense> solver(lower, Eigen::EigenvaluesOnly);
  sums.norm = solver.eigenvalues().maxCoeff();
}

// ||P||_op, from P^T P.
double operator_norm(const Dense& product) {
  Dense gram = Dense::Zero(product.cols(), product.cols());
  gram.selfadjointView<Eigen::Lower>().rankUpdate(product.transpose());
  const Eigen::SelfAdjointEigenSolver<Dense> solver(gram, Eigen::EigenvaluesOnly);
  return std::sqrt(std::max(0.0, solver.eigenvalues().maxCoeff()));
}

PathCovariance by_samples(const Dense& inputs, const LiveColumns& live, const EarlierColumns& earlier,
                          const Vector& direction, const ExecutionContext& execution) {
  const Index samples = inputs.rows();
  Dense remainder = Dense::Identity(samples, samples);
  Dense sum = Dense::Zero(samples, samples);
  double norms_left = earlier.sum_norms;
  for (const double norm : live.norms) norms_left += norm;
  PathCovariance result;
  for (Index end = std::ssize(live.norms); end > 0;) {
    const Index first = std::max<Index>(0, end - block_width);
    const Dense columns = normalised(inputs, live, first, end - first, execution);
    Dense rest = remainder * columns;
    solve_block(columns, rest);
    remainder.noalias() -= rest * columns.transpose();
    scale_columns(rest, live.norms.data() + first);
    sum.selfadjointView<Eigen::Lower>().rankUpdate(rest);
    add_norms(rest, result);
    for (Index t = first; t < end; ++t) norms_left -= live.norms[t];
    // ||v_t|| <= ||A|| ||Xq_t||: what is left to add is below the rounding of every number asked for.
    if (remainder.norm() * norms_left < 0x1p-60 * result.sum_norms) break;
    end = first;
  }
  if (earlier.sum_norms > 0) {
    // A S_0 A^T of the earlier columns' S_0 <= kappa^2 I.
    const Dense before = earlier.largest_norm * remainder;
    sum.selfadjointView<Eigen::Lower>().rankUpdate(before);
    result.trace += before.squaredNorm();
    result.sum_norms += remainder.norm() * earlier.sum_norms;
  }
  result.max_diagonal = sum.diagonal().maxCoeff();
  if (direction.size() > 0) result.directional = direction.dot(sum.selfadjointView<Eigen::Lower>() * direction);
  result.sweep_norm = operator_norm(remainder);
  add_spectrum(sum, result);
  return result;
}

PathCovariance by_columns(const Dense& inputs, const LiveColumns& live, const Vector& direction,
                          const ExecutionContext& execution) {
  const Index count = std::ssize(live.norms);
  const Dense columns = normalised(inputs, live, 0, count, execution);
  Dense ends(inputs.rows(), count);
  for (Index end = count; end > 0;) {
    const Index first = std::max<Index>(0, end - block_width);
    for (Index t = first; t < end; ++t) execution.poll();
    const auto block = columns.middleCols(first, end - first);
    Dense rest = block;
    if (end < count) {
      const Dense gram = columns.rightCols(count - end).transpose() * block;
      rest.noalias() -= ends.rightCols(count - end) * gram;
    }
    solve_block(block, rest);
    ends.middleCols(first, end - first) = rest;
    end = first;
  }
  PathCovariance result;
  // Fewer columns than samples leave a direction that every projector keeps.
  result.sweep_norm =
      count < inputs.rows() ? 1 : operator_norm(Dense::Identity(count, count) - ends * columns.transpose());
  scale_columns(ends, live.norms.data());
  if (direction.size() > 0) result.directional = (ends.transpose() * direction).squaredNorm();
  add_norms(ends, result);
  result.max_diagonal = ends.rowwise().squaredNorm().maxCoeff();
  Dense gram = Dense::Zero(count, count);
  gram.selfadjointView<Eigen::Lower>().rankUpdate(ends.transpose());
  add_spectrum(gram, result);
  return result;
}

// The smaller of the two Gram matrices has the spectrum of both but for zeros.
Vector gram_spectrum(const Dense& inputs) {
  const bool wide = inputs.cols() > inputs.rows();
  Dense gram = Dense::Zero(wide ? inputs.rows() : inputs.cols(), wide ? inputs.rows() : inputs.cols());
  if (wide)
    gram.selfadjointView<Eigen::Lower>().rankUpdate(inputs);
  else
    gram.selfadjointView<Eigen::Lower>().rankUpdate(inputs.transpose());
  return Eigen::SelfAdjointEigenSolver<Dense>(gram, Eigen::EigenvaluesOnly).eigenvalues();
}

}  // namespace

double path_covariance_cost(LayerShape shape) {
  const auto m = static_cast<double>(shape.samples);
  const auto n = static_cast<double>(shape.width);
  const double side = std::min(m, n);
  const double spectrum = (n >= m ? 5.0 : 8.0 / 3.0) * side * side * side;
  const double blocks = static_cast<double>(block_width) * m * n;
  return (n > m ? 3.0 * m * m * n : 2.0 * m * n * n) + blocks + spectrum;
}

PathCovariance path_covariance_of_tail(const Matrix<double>& last_columns, const EarlierColumns& earlier,
                                       const ExecutionContext& execution, const Vector& direction) {
  return by_samples(last_columns, live_columns(last_columns), earlier, direction, execution);
}

PathCovariance path_covariance(const Matrix<double>& quantized_inputs, const ExecutionContext& execution,
                               const Vector& direction) {
  const LiveColumns live = live_columns(quantized_inputs);
  PathCovariance path;
  path.sweep_norm = 1;  // of no columns
  if (std::ssize(live.norms) > quantized_inputs.rows())
    path = by_samples(quantized_inputs, live, {}, direction, execution);
  else if (!live.norms.empty())
    path = by_columns(quantized_inputs, live, direction, execution);
  path.input_spectrum = gram_spectrum(quantized_inputs);
  return path;
}

}  // namespace pathquant
