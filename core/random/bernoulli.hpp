// How a random decision takes its draw.
#pragma once

#include <cstdint>

namespace pathquant {

// Always inlined: also compiled for instruction sets that not every processor has (core/kernels/fma.cpp).

/// Whether the upper of two neighbours is taken, `fraction` in [0, 1) of the way between them: with that probability
/// for a draw that is uniform on [0, 1), to a multiple of 2^-53 at the most.
[[gnu::always_inline]] inline bool goes_up(double fraction, double draw) {
  return draw < fraction;
}
/// For a uniform word: with probability floor(2^32 fraction)/2^32. The fraction may have been rounded up to 1.
[[gnu::always_inline]] inline bool goes_up(float fraction, std::uint32_t word) {
  if (!(fraction < 1)) return fraction == 1;
  return word < static_cast<std::uint32_t>(fraction * 0x1p32f);
}

}  // namespace pathquant
