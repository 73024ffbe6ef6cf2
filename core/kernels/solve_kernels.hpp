// The steps between the products of blocked path following (core/path/strips.hpp): the Gram matrix of one block, and
// the arguments of one feature for many neurons. Each number is one chain of fused multiply-adds in the order written,
// the same for every build.
//
//   symbol  shape     layout
//   B                 block_features
//   x, xq   rows x B  packed, as in strip_kernels.hpp; three more numbers may be read behind the last
//   g       B x 16    row-major
//   n                 1 / ||Xq_t||^2 for the feature t at hand: multiplied by, for a division takes as long as a row
//   s, w, d, q        rows of `stride` neurons, one row a feature of the block; `count` neurons are looked at, a
//                     multiple of 32 bytes of them
#pragma once

#include <cstddef>

namespace pathquant::kernels {

/// Numbers between the rows of a block's Gram matrix.
inline constexpr int gram_stride = 16;

template <class S>
struct SolveKernels {
  /// g_tk += sum_i xq_it x_ik for k <= t; what else of g is written has no meaning.
  void (*gram)(std::ptrdiff_t rows, const S* xq, const S* x, S* g) = nullptr;
  /// c_j = w_j + n (s_j + sum_{k < t} g_k d_kj), for the feature in row t of the block.
  void (*argument)(std::ptrdiff_t count, int t, std::ptrdiff_t stride, const S* s, const S* g, const S* d, const S* w,
                   S n, S* c) = nullptr;
  /// c_j = n (s_j + sum_{k < t} (g_k w_kj + h_k q_kj) + g_t w_tj).
  void (*argument_pair)(std::ptrdiff_t count, int t, std::ptrdiff_t stride, const S* s, const S* g, const S* h,
                        const S* w, const S* q, S n, S* c) = nullptr;
  /// d_j = w_j - q_j.
  void (*difference)(std::ptrdiff_t count, const S* w, const S* q, S* d) = nullptr;
  /// reach_j += norm |d_j|.
  void (*extend)(std::ptrdiff_t count, S norm, const S* d, S* reach) = nullptr;
  /// Whether some margin_j <= scale reach_j + unit |c_j|.
  bool (*near)(std::ptrdiff_t count, const S* margin, S scale, const S* reach, S unit, const S* c) = nullptr;
};

/// The fastest build that this processor runs.
template <class S>
const SolveKernels<S>& active_solvers();

namespace baseline {
template <class S>
const SolveKernels<S>& solve_kernels();
}
namespace fma {
template <class S>
const SolveKernels<S>& solve_kernels();
}
namespace avx512 {
template <class S>
const SolveKernels<S>& solve_kernels();
}

}  // namespace pathquant::kernels
