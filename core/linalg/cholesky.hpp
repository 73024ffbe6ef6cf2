// Cholesky factorisation A = L L^T, in place. It is recursive, so that nearly all of it is products of large matrices
// (core/linalg/product.hpp). The order of summation depends on the size of A only.
//
//   symbol  shape   meaning
//   A       N x N   symmetric; the lower triangle is read and becomes L, the rest is meaningless afterwards
//
// Diagonal blocks of 48 are factored number by number. The rows below a block are multiplied by the block's inverse.
//
// Source: Golub & Van Loan, Matrix Computations (block Cholesky); the recursion is derived.
#pragma once

#include "core/execution.hpp"
#include "core/types.hpp"

namespace pathquant {

/// Returns whether every pivot exceeded `smallest` times its original diagonal entry. If not, `a` is left invalid.
bool cholesky(Matrix<double>& a, double smallest, const ExecutionContext& execution);

/// Multiply-adds of the factorisation, to leading order.
inline double cholesky_cost(double n) {
  return n * n * n / 6;
}

}  // namespace pathquant
