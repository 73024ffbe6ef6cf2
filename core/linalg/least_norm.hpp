// The shortest solution of a symmetric positive semidefinite system of linear equations.
//
//   symbol  shape   meaning
//   H       N x N   symmetric, positive semidefinite, of rank r as far as its pivots tell
//   R       N x P   in the range of H
//   L       N x r   H = L L^T, by Cholesky's method with the largest pivot first
//
//   V = H^+ R:  L y = R in the rows of the pivots,  V = L (L^T L)^{-1} y,  and V = L^{-T} y where r = N
//
// Only vector operations, in an order that depends on H alone.
//
// Source: Golub & Van Loan, Matrix Computations (Cholesky with pivoting); the solution is derived.
#pragma once

#include "core/execution.hpp"
#include "core/types.hpp"

namespace pathquant {

struct LeastNorm {
  RowMatrix<double> solution;  ///< V
  Index rank = 0;              ///< r
};

/// The rank is the number of pivots above `smallest` times the largest diagonal entry.
LeastNorm least_norm(const Matrix<double>& h, double smallest, const RowMatrix<double>& right,
                     const ExecutionContext& execution);

}  // namespace pathquant
