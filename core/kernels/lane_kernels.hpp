// Path following for many equal problems of one neuron each, one in each lane of vectors. Every lane has its own X, so
// its numbers are interleaved on the way: x_t in rows of one number a lane.
//
//   symbol   meaning
//   G        lanes of a group; those that are not needed follow another lane's problem once more
//   x_t      column t of a lane's X, m numbers;  w, d  its weights and decisions, N numbers
//   u        m x G, states
//
// No sum crosses lanes, so each lane is the plain recurrence (core/path/plain.hpp) to the last bit, in either
// precision: u <- u + e_{t-1} x_{t-1}, then s = <x_t, u> and n = ||x_t||^2 in the order of the samples, c = w_t + s/n,
// or 0 where n = 0, and e_t = w_t - d_t.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernels/level_kernels.hpp"

namespace pathquant::kernels {

/// G.
template <class S>
inline constexpr std::ptrdiff_t lane_group = 128 / static_cast<std::ptrdiff_t>(sizeof(S));

/// A column is interleaved together with those that follow it within so many numbers.
inline constexpr std::ptrdiff_t lane_block = 16;

/// Numbers of `columns` below for m samples.
template <class S>
constexpr std::ptrdiff_t lane_columns(std::ptrdiff_t samples) {
  return 2 * (samples + 2 * lane_block) * lane_group<S>;
}

/// Features first .. first + count - 1 of a group.
template <class S>
struct LaneChunk {
  std::ptrdiff_t samples = 0;   ///< m
  std::ptrdiff_t features = 0;  ///< N
  std::ptrdiff_t first = 0;
  std::ptrdiff_t count = 0;           ///< at least one
  const S* const* inputs = nullptr;   ///< of every lane: X, column-major
  const S* const* weights = nullptr;  ///< of every lane
  S* const* decisions = nullptr;      ///< of every lane
  const S* steps = nullptr;           ///< G
  LevelRange<S> range = {};
  const Draw<S>* draws = nullptr;   ///< rows, count x G; random decisions only
  S* state = nullptr;               ///< u; that after the chunk
  S* columns = nullptr;             ///< memory for lane_columns(m) numbers
  std::int64_t* clipped = nullptr;  ///< G; increased by how many decisions were
};

template <class S>
struct LaneKernels {
  /// Returns whether all weights are finite and every squared norm is a normal number, or 0 because the column is; if
  /// not, what was computed is of no use.
  using Follow = bool (*)(const LaneChunk<S>& chunk);
  Follow nearest = nullptr;
  Follow soft = nullptr;
  Follow hard = nullptr;
  Follow stochastic = nullptr;
};

/// The fastest build that this processor runs.
template <class S>
const LaneKernels<S>& active_lanes();

namespace baseline {
template <class S>
const LaneKernels<S>& lane_kernels();
}
namespace fma {
template <class S>
const LaneKernels<S>& lane_kernels();
}
namespace avx512 {
template <class S>
const LaneKernels<S>& lane_kernels();
}

}  // namespace pathquant::kernels
