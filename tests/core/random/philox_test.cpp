// Tests of Philox against the known answers that Random123 publishes for philox4x32 with 10 rounds (its file
// kat_vectors).
#include "core/random/philox.hpp"

#include <doctest/doctest.h>

namespace pathquant {
namespace philox_test {

constexpr bool equal(const PhiloxBlock& a, const PhiloxBlock& b) {
  return a.w0 == b.w0 && a.w1 == b.w1 && a.w2 == b.w2 && a.w3 == b.w3;
}

TEST_CASE("Philox4x32-10 gives the published known answers") {
  constexpr std::uint32_t ones = 0xffffffff;
  CHECK(equal(philox4x32_10({0, 0, 0, 0}, 0), {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  CHECK(equal(philox4x32_10({ones, ones, ones, ones}, 0xffffffffffffffff),
              {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  // The digits of pi: counter and key differ in every word, so an exchange of two of them shows. The key is low word
  // first.
  CHECK(equal(philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822),
              {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

}  // namespace philox_test
}  // namespace pathquant
