#include "core/linalg/least_norm.hpp"

#include <cmath>
#include <vector>

namespace pathquant {
namespace {

struct Factor {
  Matrix<double> columns;     // L
  std::vector<Index> pivots;  // in row p_s of L, what is right of column s is 0
};

Factor factor(const Matrix<double>& h, double smallest, const ExecutionContext& execution) {
  const Index n = h.rows();
  Factor result{Matrix<double>(n, n), {}};
  Vector left = h.diagonal();
  const double least = smallest * left.maxCoeff();
  for (Index s = 0; s < n; ++s) {
    execution.poll();
    Index pivot = 0;
    if (!(left.maxCoeff(&pivot) > least)) break;
    auto column = result.columns.col(s);
    column = h.col(pivot);
    for (Index k = 0; k < s; ++k) column -= result.columns(pivot, k) * result.columns.col(k);
    for (const Index earlier : result.pivots) column(earlier) = 0;
    column /= std::sqrt(column(pivot));
    left -= column.cwiseAbs2();
    result.pivots.push_back(pivot);
    for (const Index done : result.pivots) left(done) = 0;
  }
  result.columns.conservativeResize(n, std::ssize(result.pivots));
  return result;
}

// y of L y = R, and with L^T instead of L.
void substitute(const Factor& factor, RowMatrix<double>& y) {
  for (Index s = 0; s < y.rows(); ++s) {
    const Index p = factor.pivots[static_cast<std::size_t>(s)];
    for (Index k = 0; k < s; ++k) y.row(s) -= factor.columns(p, k) * y.row(k);
    y.row(s) /= factor.columns(p, s);
  }
}

void substitute_transposed(const Factor& factor, RowMatrix<double>& y) {
  for (Index s = y.rows() - 1; s >= 0; --s) {
    for (Index k = s + 1; k < y.rows(); ++k)
      y.row(s) -= factor.columns(factor.pivots[static_cast<std::size_t>(k)], s) * y.row(k);
    y.row(s) /= factor.columns(factor.pivots[static_cast<std::size_t>(s)], s);
  }
}

}  // namespace

LeastNorm least_norm(const Matrix<double>& h, double smallest, const RowMatrix<double>& right,
                     const ExecutionContext& execution) {
  const Factor outer = factor(h, smallest, execution);
  LeastNorm result{RowMatrix<double>::Zero(right.rows(), right.cols()), std::ssize(outer.pivots)};
  if (result.rank == 0) return result;
  RowMatrix<double> y = right(outer.pivots, Eigen::all);
  substitute(outer, y);
  if (result.rank == h.rows()) {
    substitute_transposed(outer, y);
    for (Index s = 0; s < result.rank; ++s) result.solution.row(outer.pivots[static_cast<std::size_t>(s)]) = y.row(s);
    return result;
  }
  Matrix<double> square(result.rank, result.rank);  // L^T L
  for (Index s = 0; s < result.rank; ++s)
    for (Index k = 0; k <= s; ++k) square(s, k) = square(k, s) = outer.columns.col(s).dot(outer.columns.col(k));
  const LeastNorm inner = least_norm(square, 0, y, execution);
  for (Index s = 0; s < result.rank; ++s) {
    execution.poll();
    for (Index t = 0; t < right.rows(); ++t) result.solution.row(t) += outer.columns(t, s) * inner.solution.row(s);
  }
  return result;
}

}  // namespace pathquant
