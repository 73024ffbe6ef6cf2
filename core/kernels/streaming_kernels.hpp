// Path following for a narrow group of neurons, chunk by chunk of features: one neuron in each lane of a vector, so
// that no sum crosses lanes, and four features at a time, so that the state is read and written once for four of them.
//
//   symbol   meaning
//   L        neurons of a group: 32 bytes of S; lanes without a neuron hold weights 0 and steps 1
//   u, y     m x L, states and outputs
//
// Of a block: s_k = <x_k, u> in the order of the samples, c_k = v_k + (s_k + sum_{l<k} <x_k, x_l> e_l) / ||x_k||^2,
// e_k = v_k - d_k, then u += sum_k x_k e_k. Inner products of columns are sums of 64 bytes' worth of chains, added
// pairwise in a fixed order: the same bits for every build.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernels/level_kernels.hpp"

namespace pathquant::kernels {

/// d for the arguments c of a group at feature t of the chunk, by the caller; `margin` (double precision, otherwise
/// null) as in core/decision/decision_rule.hpp.
template <class S>
struct StreamingDecider {
  std::int64_t (*decide)(const void* context, std::ptrdiff_t t, const S* c, S* d, S* margin) = nullptr;
  const void* context = nullptr;
};

template <class S>
struct StreamingChunk {
  std::ptrdiff_t samples = 0;  ///< m
  std::ptrdiff_t count = 0;    ///< features, at least one
  std::ptrdiff_t neurons = 0;  ///< the lanes that hold one; they come first
  /// Columns, one after another: count of them, filled up to a multiple of streaming_block by others that are finite.
  const S* inputs = nullptr;
  const S* weights = nullptr;  ///< rows, count x L
  S* decisions = nullptr;      ///< rows, count x L
  S* squared_norms = nullptr;  ///< ||x_t||^2, written; 0: dead
  const S* steps = nullptr;    ///< L
  LevelRange<S> range = {};
  const Draw<S>* draws = nullptr;    ///< rows, count x L; random decisions only
  StreamingDecider<S> decider = {};  ///< other decisions only
  S* state = nullptr;                ///< u; U of the layer afterwards
  S* signal = nullptr;               ///< y += X W
};

/// What is summed over the weights and decisions of a chunk, lane by lane. With f the distance of w_t/step from the
/// level below it, among those with equal distances and one at `shift`, and d that from the nearest, less than 1/2 in
/// size.
template <class S>
struct StreamingTally {
  static constexpr std::size_t lanes = 32 / sizeof(S);
  S weight_energy[lanes] = {};   ///< sum_t w_t^2
  S error_energy[lanes] = {};    ///< sum_t (w_t - d_t)^2
  S largest_weight[lanes] = {};  ///< max_t |w_t|
  S largest_level[lanes] = {};   ///< max_t |d_t|
  S zeros[lanes] = {};           ///< how many d_t are 0
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
  /// u += X R for `count` columns, filled up as above, and rows R (count x L).
  void (*accumulate)(std::ptrdiff_t samples, std::ptrdiff_t count, const S* inputs, const S* rows, S* u) = nullptr;
  void (*tally)(std::ptrdiff_t count, const S* weights, const S* decisions, const S* steps, S shift,
                StreamingTally<S>& tally) = nullptr;
  void (*squared_norms)(std::ptrdiff_t samples, std::ptrdiff_t count, const S* inputs, S* norms) = nullptr;
  /// total += sum of the columns, m numbers.
  void (*total)(std::ptrdiff_t samples, std::ptrdiff_t count, const S* inputs, S* total) = nullptr;
};

/// Features at a time.
inline constexpr std::ptrdiff_t streaming_block = 4;
/// L.
template <class S>
inline constexpr std::ptrdiff_t narrow_neurons = 32 / static_cast<std::ptrdiff_t>(sizeof(S));

/// The fastest build that this processor runs.
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
