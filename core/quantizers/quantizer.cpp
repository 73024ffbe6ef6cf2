#include "core/quantizers/quantizer.hpp"

namespace pathquant {

std::optional<std::int64_t> level_count(const Alphabet& alphabet, const QuantizerTraits& traits) {
  const auto levels = alphabet.levels();
  if (levels && traits.rounding == Rounding::hard && traits.threshold > 0) return *levels + 2;
  return levels;
}

}  // namespace pathquant
