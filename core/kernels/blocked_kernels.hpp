// Matrix product kernels of blocked path following (core/path_following/blocked.hpp), for one strip of neurons.
//
//   symbol   shape     layout
//   B                  features of one block: block_features
//   R                  neurons of one strip: 128, 64 or 32 bytes of S
//   x        rows x B  packed: the B features of one sample are contiguous (core/linalg/packed_columns.hpp)
//   u        rows x R  one sample's neurons are contiguous
//   d, w, q  B x R     one feature's neurons are contiguous, the next feature's follow `stride` numbers later
//   s        B x R     the same
//
// Every number is one chain of fused multiply-adds in ascending order of the summed index, starting from the stored
// value. So its bits depend on neither the instruction set, nor R, nor the number of rows of a call.
#pragma once

#include <array>
#include <cstddef>

namespace pathquant::kernels {

/// B. The sums of 12 features times two vectors take 24 of AVX-512's 32 registers.
inline constexpr int block_features = 12;

template <class S>
struct BlockedKernels {
  std::ptrdiff_t neurons = 0;  ///< R
  /// u += x d.
  void (*update)(std::ptrdiff_t rows, const S* x, std::ptrdiff_t stride, const S* d, S* u) = nullptr;
  /// The same for a u whose rows are `row_stride` numbers apart.
  void (*update_within)(std::ptrdiff_t rows, const S* x, std::ptrdiff_t stride, const S* d, std::ptrdiff_t row_stride,
                        S* u) = nullptr;
  /// u += x w + xq q, feature by feature: first x_k w_k, then xq_k q_k. w and q have separate strides.
  void (*update_pair)(std::ptrdiff_t rows, const S* x, const S* xq, std::ptrdiff_t w_stride, const S* w,
                      std::ptrdiff_t q_stride, const S* q, S* u) = nullptr;
  /// s += x^T u, or s = x^T u where `fresh`. `ahead` points to the rows to prefetch, as many as `rows`.
  void (*project)(std::ptrdiff_t rows, const S* x, const S* u, bool fresh, std::ptrdiff_t stride, S* s,
                  const S* ahead) = nullptr;
  /// The same for x and u that are columns of one matrix whose rows are `row_stride` numbers apart.
  void (*project_within)(std::ptrdiff_t rows, const S* x, const S* u, std::ptrdiff_t row_stride, bool fresh,
                         std::ptrdiff_t stride, S* s) = nullptr;
  /// u += x d over `blocks` blocks: block b of x starts at x + b * block_stride, and d is (blocks B) x R.
  void (*multiply)(std::ptrdiff_t rows, std::ptrdiff_t blocks, const S* x, std::ptrdiff_t block_stride,
                   std::ptrdiff_t stride, const S* d, S* u) = nullptr;
};

/// The kernels of one build for all strip widths, widest first.
template <class S>
using BlockedTable = std::array<BlockedKernels<S>, 3>;

/// The fastest build that this processor supports.
template <class S>
const BlockedTable<S>& active_blocked();

namespace baseline {
template <class S>
const BlockedTable<S>& blocked_kernels();
}
namespace fma {
template <class S>
const BlockedTable<S>& blocked_kernels();
}
namespace avx512 {
template <class S>
const BlockedTable<S>& blocked_kernels();
}

}  // namespace pathquant::kernels
