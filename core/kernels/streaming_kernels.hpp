// Kernels of streaming path following: a small group of neurons, chunk by chunk of features. Each lane of a vector
// holds one neuron, so that no sum crosses lanes. Four features are processed at a time, so that the state is read and
// written once for four of them.
//
//   symbol   meaning
//   L        neurons of a group: 32 bytes of S; unused lanes hold weights 0 and steps 1
//   x_k      column k of a block of four features, m numbers
//   u, y     m x L, states and outputs
//   v, d     count x L, weights and decisions of a chunk
//
// A block: s_k = <x_k, u> in the order of the samples, c_k = v_k + (s_k + sum_{l<k} <x_k, x_l> e_l) / ||x_k||^2,
// e_k = v_k - d_k, then u += sum_k x_k e_k. Inner products of columns are summed in 64 bytes' worth of chains, added
// pairwise in a fixed order: the same bits for every build.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernels/level_kernels.hpp"

namespace pathquant::kernels {

/// Callback of other decisions: sets d for the arguments c of a group at feature t of the chunk. `margin` (double
/// precision, otherwise null) as in core/decision/decision_rule.hpp. Returns the number of clipped decisions.
template <class S>
struct StreamingDecider {
  std::int64_t (*decide)(const void* context, std::ptrdiff_t t, const S* c, S* d, S* margin) = nullptr;
  const void* context = nullptr;
};

template <class S>
struct StreamingChunk {
  std::ptrdiff_t samples = 0;  ///< m
  std::ptrdiff_t count = 0;    ///< features, at least one
  std::ptrdiff_t neurons = 0;  ///< lanes in use, the first ones
  /// `count` columns, one after another, padded to a multiple of streaming_block by any finite columns.
  const S* inputs = nullptr;
  const S* weights = nullptr;  ///< rows, count x L
  S* decisions = nullptr;      ///< rows, count x L
  S* squared_norms = nullptr;  ///< ||x_t||^2, written; 0: dead
  const S* steps = nullptr;    ///< L
  LevelRange<S> range = {};
  const Draw<S>* draws = nullptr;    ///< rows, count x L; random decisions only
  StreamingDecider<S> decider = {};  ///< other decisions only
  S* state = nullptr;                ///< u, updated; after the last chunk, U of the layer
  S* signal = nullptr;               ///< y += X W
};

/// Sums over the weights and decisions of a chunk, lane by lane. The grid is the equispaced levels with one at `shift`,
/// in units of the step: f is the distance of w_t/step from the level below it, and d the signed distance from the
/// nearest level, |d| <= 1/2.
template <class S>
struct StreamingTally {
  static constexpr std::size_t lanes = 32 / sizeof(S);
  S weight_energy[lanes] = {};   ///< sum_t w_t^2
  S error_energy[lanes] = {};    ///< sum_t (w_t - d_t)^2
  S largest_weight[lanes] = {};  ///< max_t |w_t|
  S largest_level[lanes] = {};   ///< max_t |d_t|
  S zeros[lanes] = {};           ///< number of decisions d_t that are 0
  S squares[lanes] = {};         ///< sum_t d^2
  S distances[lanes] = {};       ///< sum_t d
  S products[lanes] = {};        ///< sum_t f (1 - f)
};

template <class S>
struct StreamingKernels {
  /// Follows a chunk. Returns how many decisions were clipped.
  using Follow = std::int64_t (*)(const StreamingChunk<S>& chunk);
  Follow nearest = nullptr;
  Follow soft = nullptr;
  Follow hard = nullptr;
  Follow stochastic = nullptr;
  Follow other = nullptr;
  /// u += X R for `count` columns, padded as in StreamingChunk, and rows R (count x L).
  void (*accumulate)(std::ptrdiff_t samples, std::ptrdiff_t count, const S* inputs, const S* rows, S* u) = nullptr;
  void (*tally)(std::ptrdiff_t count, const S* weights, const S* decisions, const S* steps, S shift,
                StreamingTally<S>& tally) = nullptr;
  void (*squared_norms)(std::ptrdiff_t samples, std::ptrdiff_t count, const S* inputs, S* norms) = nullptr;
  /// total += sum of the columns, m numbers.
  void (*total)(std::ptrdiff_t samples, std::ptrdiff_t count, const S* inputs, S* total) = nullptr;
};

/// Features processed at a time.
inline constexpr std::ptrdiff_t streaming_block = 4;
/// L, neurons of a group.
template <class S>
inline constexpr std::ptrdiff_t streaming_neurons = 32 / static_cast<std::ptrdiff_t>(sizeof(S));

/// The fastest build that this processor supports.
template <class S>
const StreamingKernels<S>& active_streaming();

namespace baseline {
template <class S>
const StreamingKernels<S>& streaming_kernels();
}
namespace fma {
template <class S>
const StreamingKernels<S>& streaming_kernels();
}
namespace avx512 {
template <class S>
const StreamingKernels<S>& streaming_kernels();
}

}  // namespace pathquant::kernels
