// Philox4x32-10, a counter-based random number generator: for every 64-bit key, a bijection of 128-bit counters whose
// values pass statistical tests as independent uniform bits. A round multiplies two of the four words by constants and
// mixes the halves of the products crosswise.
//
// Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11
// (2011), section 4.3.
//
//   symbol      value        meaning
//   M0, M1      below        multipliers; hi and lo are the halves of a 64-bit product
//   W0, W1      below        Weyl constants (golden ratio, sqrt(3) - 1) added to the key between rounds
//   c0 .. c3    counter      (c0, c1, c2, c3) <- (hi(M1 c2) ^ c1 ^ k0, lo(M1 c2), hi(M0 c0) ^ c3 ^ k1, lo(M0 c0))
//   k0, k1      key          low and high word of the 64-bit key
#pragma once

#include <cstdint>

namespace pathquant {

/// Four 32-bit words: a counter before the rounds, random words after them.
struct PhiloxBlock {
  std::uint32_t w0, w1, w2, w3;
};

// Always inlined: this code is also compiled for instruction sets that not every processor has. The linker could keep
// an out-of-line copy from such a build for all callers.
[[gnu::always_inline]] constexpr PhiloxBlock philox4x32_10(PhiloxBlock c, std::uint64_t key) {
  constexpr std::uint64_t m0 = 0xD2511F53, m1 = 0xCD9E8D57;
  constexpr std::uint32_t w0 = 0x9E3779B9, w1 = 0xBB67AE85;
  auto k0 = static_cast<std::uint32_t>(key);
  auto k1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = m0 * c.w0;
    const std::uint64_t p1 = m1 * c.w2;
    c = {static_cast<std::uint32_t>(p1 >> 32) ^ c.w1 ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ c.w3 ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += w0;
    k1 += w1;
  }
  return c;
}

}  // namespace pathquant
