// Bernoulli decision of random rounding: whether a draw selects the upper of two neighbouring levels.
//
//   symbol    meaning
//   fraction  position of the argument between its lower neighbour (0) and its upper neighbour (1)
//   draw      uniform number on [0, 1), double precision;  word: uniform 32-bit word, single precision
#pragma once

#include <cstdint>

namespace pathquant {

// Always inlined: the functions are also compiled for instruction sets that not every processor has
// (core/kernels/fma.cpp).

/// Whether the upper neighbour is taken, for fraction in [0, 1). Its probability is `fraction`, rounded by at most
/// 2^-53, because draws are multiples of 2^-53.
[[gnu::always_inline]] inline bool goes_up(double fraction, double draw) {
  return draw < fraction;
}
/// The same for a uniform word: the probability is floor(2^32 fraction)/2^32. A fraction rounded up to 1 is allowed.
[[gnu::always_inline]] inline bool goes_up(float fraction, std::uint32_t word) {
  if (!(fraction < 1)) return fraction == 1;
  return word < static_cast<std::uint32_t>(fraction * 0x1p32f);
}

}  // namespace pathquant
