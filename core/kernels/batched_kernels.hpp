// Kernels of batched path following: many equal problems of one neuron each, in groups. While one problem waits for its
// decision, the inner products of others are computed. One vector holds the decisions of as many problems as it has
// lanes.
//
//   symbol   meaning
//   G        problems of a group; unused places repeat one of the group's problems
//   x_t      column t of a problem's X, m numbers;  w, d  its weights and decisions, N numbers
//   u        its state, m numbers, padded with zeros to a multiple of 64 bytes
//   s, n     <x_t, u> and ||x_t||^2, each summed in 64 bytes' worth of chains, as in single_neuron_kernels.hpp
//   c, e     argument of the decision, and error e_t = w_t - d_t
//
// Feature t: u <- u + e_{t-1} x_{t-1}, then s and n, c = w_t + s/n (0 where n = 0), d_t and e_t. Two orders of
// summation may lead to different decisions where c is too close to a change of its decision
// (core/path_following/recheck.hpp; here in either precision). There c is computed again in the order of the reference
// recurrence. So decisions and states are those of core/path_following/reference.hpp to the last bit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernels/level_kernels.hpp"

namespace pathquant::kernels {

/// G, problems of a group.
template <class S>
inline constexpr std::ptrdiff_t batched_group = 64 / static_cast<std::ptrdiff_t>(sizeof(S));

/// Length of a padded state of m samples.
template <class S>
constexpr std::ptrdiff_t batched_state(std::ptrdiff_t samples) {
  constexpr std::ptrdiff_t filled = 64 / static_cast<std::ptrdiff_t>(sizeof(S));
  return (samples + filled - 1) / filled * filled;
}

/// Features first .. first + count - 1 of the problems of a group.
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
  S* states = nullptr;              ///< G of batched_state(m) numbers; updated by the chunk
  S* reach = nullptr;               ///< G; upper bounds of ||u||, initially 1/16 above it; updated by the chunk
  std::int64_t* clipped = nullptr;  ///< G; increased by the number of clipped decisions
};

template <class S>
struct BatchedKernels {
  /// Returns whether all weights are finite and InputPair accepts every squared norm. If not, the results are invalid.
  using Follow = bool (*)(const BatchedChunk<S>& chunk);
  Follow nearest = nullptr;
  Follow soft = nullptr;
  Follow hard = nullptr;
  Follow stochastic = nullptr;
};

/// The fastest build that this processor supports.
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
