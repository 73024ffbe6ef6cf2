// Path following for many equal problems of one neuron each, in turn: while one waits for its decision others have
// their products made, and decisions are made for as many problems at once as a vector has lanes.
//
//   symbol   meaning
//   G        problems of a group; those that are not needed follow another one once more
//   x_t      column t of a problem's X, m numbers;  w, d  its weights and decisions, N numbers
//   u        its state, m numbers, filled up with zeros to a multiple of 64 bytes
//
// u <- u + e_{t-1} x_{t-1}, then s = <x_t, u> and n = ||x_t||^2, c = w_t + s/n, or 0 where n = 0, and e_t = w_t - d_t.
// The sums s and n are of 64 bytes' worth of chains, as in single_neuron_kernels.hpp. Where c is nearer to a change of its
// decision than orders of summation may differ (core/path_following/recheck.hpp; here in either precision), it is taken from the
// plain order: decisions and states are those of core/path_following/reference.hpp to the last bit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernels/level_kernels.hpp"

namespace pathquant::kernels {

/// G.
template <class S>
inline constexpr std::ptrdiff_t lane_group = 64 / static_cast<std::ptrdiff_t>(sizeof(S));

/// Numbers of a state of m samples.
template <class S>
constexpr std::ptrdiff_t lane_state(std::ptrdiff_t samples) {
  constexpr std::ptrdiff_t filled = 64 / static_cast<std::ptrdiff_t>(sizeof(S));
  return (samples + filled - 1) / filled * filled;
}

/// Features first .. first + count - 1 of a group.
template <class S>
struct BatchedChunk {
  std::ptrdiff_t samples = 0;   ///< m
  std::ptrdiff_t features = 0;  ///< N
  std::ptrdiff_t first = 0;
  std::ptrdiff_t count = 0;           ///< from 1 to 255
  const S* const* inputs = nullptr;   ///< of every problem: X, column-major
  const S* const* weights = nullptr;  ///< of every problem
  S* const* decisions = nullptr;      ///< of every problem
  const S* steps = nullptr;           ///< G
  LevelRange<S> range = {};
  const Draw<S>* draws = nullptr;   ///< rows, count x G; random decisions only
  S* states = nullptr;              ///< G of lane_state(m) numbers; those after the chunk
  S* reach = nullptr;               ///< G; at least the length of u, at the start 1/16 more; that after the chunk
  std::int64_t* clipped = nullptr;  ///< G; increased by how many decisions were
};

template <class S>
struct BatchedKernels {
  /// Returns whether all weights are finite and every squared norm is as InputPair wants it; if not, what was computed
  /// is of no use.
  using Follow = bool (*)(const BatchedChunk<S>& chunk);
  Follow nearest = nullptr;
  Follow soft = nullptr;
  Follow hard = nullptr;
  Follow stochastic = nullptr;
};

/// The fastest build that this processor runs.
template <class S>
const BatchedKernels<S>& active_batched();

namespace baseline {
template <class S>
const BatchedKernels<S>& batched_kernels();
}
namespace fma {
template <class S>
const BatchedKernels<S>& batched_kernels();
}
namespace avx512 {
template <class S>
const BatchedKernels<S>& batched_kernels();
}

}  // namespace pathquant::kernels
