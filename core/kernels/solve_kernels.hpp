// Block solver kernels of blocked path following (core/path_following/block_solver.hpp): the Gram matrix of one block
// of features, and the decisions of the block for many neurons. Each number is one chain of fused multiply-adds in the
// written order, the same for every build.
//
//   symbol  shape     layout
//   B                 block_features
//   R                 neurons of one strip, as in blocked_kernels.hpp
//   x, xq   rows x B  packed, as in blocked_kernels.hpp
//   g, h    B x 16    row-major; lower triangles
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernels/level_kernels.hpp"

namespace pathquant::kernels {

/// Row stride of a block's Gram matrix.
inline constexpr int gram_stride = 16;

/// Decisions of one block: features t < `features` in turn, for neurons j < `neurons`. The neurons lie in padded strips
/// of R. Padding neurons are followed too, but their clipped decisions are not counted, and `decide` is not called for
/// them (q_j = 0). With several strips, R is four vectors of 32 bytes.
template <class S>
struct BlockProblem {
  std::ptrdiff_t neurons = 0;
  std::ptrdiff_t filled = 0;    ///< neurons of all strips, padding included: length of rows and of arrays over neurons
  int features = 0;             ///< at most B
  std::ptrdiff_t strip = 0;     ///< R
  const S* s = nullptr;         ///< projections on the state at the start of the block; B x R for each strip
  const S* g = nullptr;         ///< g_tk = <Xq_t, X_k>, k <= t; pair only
  const S* h = nullptr;         ///< h_tk = <Xq_t, Xq_k>, k < t
  const S* inverses = nullptr;  ///< n_t = 1/||Xq_t||^2, because a division takes as long as a row. 0: c_t = 0
  const S* const* w = nullptr;  ///< rows of weights
  S* const* q = nullptr;        ///< rows of decisions; single: q_t may be w_t
  S* e = nullptr;               ///< multipliers of Xq_t in the update of the state; B x R for each strip
  std::ptrdiff_t e_stride = 0;  ///< from one strip's e to the next one's
  const S* steps = nullptr;     ///< one for each neuron
  LevelRange<S> range = {};
  const Draw<S>* draws = nullptr;  ///< rows, `filled` apart; random decisions only

  /// Callback of other decisions: sets q and (double precision) the margins for `count` arguments c from neuron j on at
  /// feature t. Returns the number of clipped decisions.
  std::int64_t (*decide)(const void* self, int t, std::ptrdiff_t j, std::ptrdiff_t count, const S* c, S* q,
                         S* margin) = nullptr;

  // Double precision only: which arguments are too close to a change of their decision
  // (core/path_following/recheck.hpp).
  const S* norms = nullptr;         ///< ||Xq_t||: e_tj adds norms_t |e_tj| to reach_j
  const S* weight_reach = nullptr;  ///< w_tj adds weight_reach_t |w_tj|, before its argument is tested; may be null
  const S* tolerances = nullptr;    ///< an argument c has the tolerance tolerances_t reach_j + 8 eps |c|
  S* reach = nullptr;               ///< one for each neuron
  /// Callback that decides such an argument c again. Returns the change in the number of clipped decisions. When it is
  /// called, q_kj and e_kj of k < t are written and q_tj is not.
  std::int64_t (*again)(const void* self, int t, std::ptrdiff_t j, S c, S* q) = nullptr;
  const void* self = nullptr;
};

/// Solvers named by their decision rule; `other` calls `decide`. Each returns the number of clipped decisions.
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
  /// g_tk += sum_i xq_it x_ik for k <= t. Other entries of g become meaningless.
  void (*gram)(std::ptrdiff_t rows, const S* xq, const S* x, S* g) = nullptr;
  /// c_t = w_t + n_t (s_t + sum_{k < t} h_tk e_k), and e_t = w_t - q_t.
  BlockKernels<S> single;
  /// c_t = n_t (s_t + sum_{k < t} (g_tk w_k + h_tk e_k) + g_tt w_t), and e_t = -q_t.
  BlockKernels<S> pair;
};

/// The fastest build that this processor supports.
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
