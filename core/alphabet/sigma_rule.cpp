#include "core/alphabet/sigma_rule.hpp"

#include <stdexcept>

#include "core/alphabet/distribution_levels.hpp"

namespace pathquant {

double sigma_step(const ScalarDistribution& law, int bits, SigmaIndex index) {
  const int entry = index == SigmaIndex::release ? bits - 1 : bits;
  if (entry < 1 || bits > 16)
    throw std::invalid_argument("the sigma rule has 1 <= bits <= 16, and at least 2 with the index of the release");
  return best_uniform_step(law, AlphabetKind::midrise, std::int64_t{1} << (entry - 1)).step;
}

}  // namespace pathquant
