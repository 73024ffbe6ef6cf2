// Column kernels: the projection and the rank-one update of reference path following and of the metrics. Each output is
// one chain of fused multiply-adds in ascending order of the summed index. So its bits depend on neither the
// instruction set nor the tiling of the loops.
//
//   symbol  shape        meaning
//   x       m            one column of X
//   u       m x P        row-major: one row a sample
//   d       P            one value per neuron
//
// The kernels do not use Eigen, because its inline functions would be compiled for AVX2 too (see fma.cpp).
// std::ptrdiff_t is the library's Index, as dispatch.cpp checks.
#pragma once

#include <cstddef>

namespace pathquant::kernels {

/// One build of the kernels; `active()` is the fastest that this processor supports. All builds give the same bits.
/// Inputs and outputs may not overlap.
template <class S>
struct ColumnKernels {
  /// d_j = sum_i x_i u_ij, summed from 0 in the order of i.
  void (*project)(std::ptrdiff_t samples, std::ptrdiff_t neurons, const S* x, const S* u, S* d);
  /// u_ij += x_i d_j.
  void (*update)(std::ptrdiff_t samples, std::ptrdiff_t neurons, const S* x, const S* d, S* u);
};

template <class S>
const ColumnKernels<S>& active();

namespace baseline {  // any processor; slow where std::fma is not an instruction
template <class S>
const ColumnKernels<S>& column_kernels();
}
namespace fma {  // AVX2 with fused multiply-add
template <class S>
const ColumnKernels<S>& column_kernels();
}
namespace avx512 {  // AVX-512 F, DQ, BW and VL
template <class S>
const ColumnKernels<S>& column_kernels();
}

}  // namespace pathquant::kernels
