// Decision kernels: round the arguments of many neurons at once to equispaced levels. core/decision/levels.hpp defines
// the same decisions for one number.
//
//   symbol  meaning
//   c_j     arguments; step_j > 0; q_j decisions
//   margin  optional output (null: not wanted; double precision only): a lower bound of the distance from c_j to the
//           nearest argument that is decided otherwise, up to the rounding of c_j/step. Two computations of an argument
//           that differ by less than it give the same decision
//
// The bits are those of core/decision/levels.hpp, for every build, NaNs included. Each kernel returns the number of
// clipped decisions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace pathquant::kernels {

/// Levels k + h in units of the step, lowest <= k <= highest.
template <class S>
struct LevelRange {
  S h = 0;  ///< 0 (mid-tread) or 1/2 (mid-rise)
  S lowest = 0;
  S highest = 0;
  bool ties_to_lower = false;
  S threshold = 0;  ///< lambda of soft and hard decisions
};

/// Draw of a random decision: a 32-bit word in single precision, a uniform number on [0, 1) in double precision.
template <class S>
using Draw = std::conditional_t<std::is_same_v<S, float>, std::uint32_t, double>;

template <class S>
struct LevelKernels {
  using Decide = std::int64_t (*)(const LevelRange<S>& range, std::ptrdiff_t count, const S* c, const S* steps, S* q,
                                  S* margin);
  using DecideAtRandom = std::int64_t (*)(const LevelRange<S>& range, std::ptrdiff_t count, const S* c, const S* steps,
                                          const Draw<S>* draws, S* q, S* margin);
  Decide nearest = nullptr;
  Decide soft = nullptr;
  Decide hard = nullptr;
  DecideAtRandom stochastic = nullptr;
};

/// The fastest build that this processor supports.
template <class S>
const LevelKernels<S>& active_levels();

namespace baseline {
template <class S>
const LevelKernels<S>& level_kernels();
}
namespace fma {
template <class S>
const LevelKernels<S>& level_kernels();
}
namespace avx512 {
template <class S>
const LevelKernels<S>& level_kernels();
}

}  // namespace pathquant::kernels
