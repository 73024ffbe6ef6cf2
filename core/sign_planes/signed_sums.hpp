// Product of real inputs and a sign matrix.
//
//   symbol  shape   meaning
//   X       m x n   inputs, by columns
//   B       P x n   signs, by rows (core/sign_planes/sign_matrix.hpp)
//   Y       m x P   X B^T: y_ij = sum_t b_jt x_it
//
// Four features have 16 signed sums, which are the same for all rows of B. They are computed once for a few samples,
// and each four bits of a row of B select one of them. So a row takes n/4 additions and no multiplication. All builds
// add the sums of one y_ij in the same order, so they give the same bits.
#pragma once

#include <span>

#include "core/sign_planes/sign_matrix.hpp"

namespace pathquant {

/// Y in the precision of X. Throws std::invalid_argument unless X and B have the same width.
template <class S>
RowMatrix<S> signed_sums(const Eigen::Ref<const Matrix<S>>& x, const SignMatrix& b);

/// One build, for tests and benchmarks: avx512, avx2, baseline. Y must have the size m x P.
template <class S>
struct SignedSumsBuild {
  const char* name;
  bool (*runs_here)();
  void (*multiply)(const Eigen::Ref<const Matrix<S>>& x, const SignMatrix& b, RowMatrix<S>& y);
};
/// All builds, the fastest first. The last runs on every processor.
template <class S>
std::span<const SignedSumsBuild<S>> signed_sums_builds();

}  // namespace pathquant
