// The product of real inputs and a matrix of signs.
//
//   symbol  shape   meaning
//   X       m x n   inputs, by columns
//   B       P x n   signs, by rows (core/sign_planes/sign_matrix.hpp)
//   Y       m x P   X B^T: y_ij = sum_t b_jt x_it
//
// Four features have 16 signed sums, which are the same for all rows of B: they are computed once for a few samples,
// and every four bits of a row of B choose one. So a row adds a quarter of n numbers, and multiplies none. The sums of
// one y_ij are taken in the same order by all builds, so they give the same bits.
#pragma once

#include <span>

#include "core/sign_planes/sign_matrix.hpp"

namespace pathquant {

/// Y in the precision of X. Throws std::invalid_argument unless X and B have the same width.
template <class S>
RowMatrix<S> signed_sums(const Eigen::Ref<const Matrix<S>>& x, const SignMatrix& b);

/// One build, for tests and measurements: avx512, avx2, baseline. Y is m x P already.
template <class S>
struct SignedSumsBuild {
  const char* name;
  bool (*runs_here)();
  void (*multiply)(const Eigen::Ref<const Matrix<S>>& x, const SignMatrix& b, RowMatrix<S>& y);
};
/// The fastest first; the last runs everywhere.
template <class S>
std::span<const SignedSumsBuild<S>> signed_sums_builds();

}  // namespace pathquant
