// The steps between the products of blocked path following (core/path_following/block_solver.hpp): the Gram matrix of one block,
// and the decisions of the block for many neurons. Each number is one chain of fused multiply-adds in the order
// written, the same for every build.
//
//   symbol  shape     layout
//   B                 block_features
//   x, xq   rows x B  packed, as in blocked_kernels.hpp
//   g, h    B x 16    row-major; lower triangles
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernels/level_kernels.hpp"

namespace pathquant::kernels {

/// Numbers between the rows of a block's Gram matrix.
inline constexpr int gram_stride = 16;

/// One block: its features t < `features` in turn, for neurons j < `neurons`. They lie in strips of R, which are filled
/// up: what fills them is followed too, but neither counted nor decided by other rules, for which q_j = 0. Where there
/// are several strips, R is four vectors of 32 bytes.
template <class S>
struct BlockProblem {
  std::ptrdiff_t neurons = 0;
  std::ptrdiff_t filled = 0;    ///< neurons of all strips; of the rows of w, q, draws and what is of every neuron
  int features = 0;             ///< at most B
  std::ptrdiff_t strip = 0;     ///< R
  const S* s = nullptr;         ///< projections on the state at the start of the block; B x R for each strip
  const S* g = nullptr;         ///< g_tk = <Xq_t, X_k>, k <= t; pair only
  const S* h = nullptr;         ///< h_tk = <Xq_t, Xq_k>, k < t
  const S* inverses = nullptr;  ///< n_t = 1/||Xq_t||^2: multiplied by, a division takes as long as a row. 0: c_t = 0
  const S* const* w = nullptr;  ///< rows of weights
  S* const* q = nullptr;        ///< rows of decisions; single: q_t may be w_t
  S* e = nullptr;               ///< what is added to the state along Xq_t; B x R for each strip
  std::ptrdiff_t e_stride = 0;  ///< from one strip's to the next one's
  const S* steps = nullptr;     ///< of every neuron
  LevelRange<S> range = {};
  const Draw<S>* draws = nullptr;  ///< rows, `filled` apart; random decisions only

  /// Other decisions: q and (double precision) the margins for `count` arguments c from neuron j on at feature t;
  /// returns how many were clipped.
  std::int64_t (*decide)(const void* self, int t, std::ptrdiff_t j, std::ptrdiff_t count, const S* c, S* q,
                         S* margin) = nullptr;

  // Double precision only: which arguments are too near to a change of their decisions (core/path_following/recheck.hpp).
  const S* norms = nullptr;         ///< ||Xq_t||: e_tj adds norms_t |e_tj| to reach_j
  const S* weight_reach = nullptr;  ///< w_tj adds weight_reach_t |w_tj|, before its argument is looked at; may be null
  const S* tolerances = nullptr;    ///< of an argument c: tolerances_t reach_j + 8 eps |c|
  S* reach = nullptr;               ///< of every neuron
  /// Decides argument c of such a neuron again; returns by how many more decisions were clipped. q_kj and e_kj of k < t
  /// are written when it is called, q_tj is not.
  std::int64_t (*again)(const void* self, int t, std::ptrdiff_t j, S c, S* q) = nullptr;
  const void* self = nullptr;
};

/// By the rule of its name; `other` by `decide`. Each returns how many decisions were clipped.
template <class S>
struct BlockKernels {
  using Solve = std::int64_t (*)(const BlockProblem<S>& problem);
  Solve nearest = nullptr;
  Solve soft = nullptr;
  Solve hard = nullptr;
  Solve stochastic = nullptr;
  Solve other = nullptr;
};

template <class S>
struct SolveKernels {
  /// g_tk += sum_i xq_it x_ik for k <= t; what else of g is written has no meaning.
  void (*gram)(std::ptrdiff_t rows, const S* xq, const S* x, S* g) = nullptr;
  /// c_t = w_t + n_t (s_t + sum_{k < t} h_tk e_k), and e_t = w_t - q_t.
  BlockKernels<S> single;
  /// c_t = n_t (s_t + sum_{k < t} (g_tk w_k + h_tk e_k) + g_tt w_t), and e_t = -q_t.
  BlockKernels<S> pair;
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
