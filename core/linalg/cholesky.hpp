// A = L L^T, in place, on the kernels of core/linalg/product.hpp: recursive, so that nearly all of it is products of large
// matrices, and in an order that depends on the size of A alone.
//
//   symbol  shape   meaning
//   A       N x N   symmetric; its lower triangle is read and becomes L, what is above has no meaning afterwards
//
// The diagonal blocks of 48 are factored number by number, and rows below one are divided by it as products with its
// inverse.
//
// Source: Golub & Van Loan, Matrix Computations (block Cholesky); the recursion is derived.
#pragma once

#include "core/execution.hpp"
#include "core/types.hpp"

namespace pathquant {

/// Whether every pivot exceeded `smallest` times the diagonal entry it began as; otherwise `a` is of no use any more.
bool cholesky(Matrix<double>& a, double smallest, const ExecutionContext& execution);

/// Multiply-adds of it, to leading order.
inline double cholesky_cost(double n) {
  return n * n * n / 6;
}

}  // namespace pathquant
