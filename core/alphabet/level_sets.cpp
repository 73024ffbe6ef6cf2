#include "core/alphabet/level_sets.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>
#include <stdexcept>

namespace pathquant {
namespace {

void refuse_if(bool wrong, const char* rule) {
  if (wrong) throw std::invalid_argument(rule);
}

// Adds to `sums` all sums of `sum` and at most `digits` more powers with exponents from `first` on. If `sign` != 0, all
// powers have this sign.
void add_sums(std::int64_t sum, int digits, int first, int exponents, int sign, std::set<std::int64_t>& sums) {
  sums.insert(sum);
  if (digits == 0) return;
  for (int e = first; e < exponents; ++e)
    for (const int s : {-1, 1})
      if (sign == 0 || s == sign) add_sums(sum + s * (std::int64_t{1} << e), digits - 1, e + 1, exponents, sign, sums);
}

}  // namespace

std::vector<double> integer_levels(std::int64_t lowest, std::int64_t highest) {
  refuse_if(lowest >= highest || highest - lowest >= std::int64_t{1} << 16,
            "integer levels: lowest < highest, at most 2^16 of them");
  std::vector<double> levels;
  for (std::int64_t k = lowest; k <= highest; ++k) levels.push_back(static_cast<double>(k));
  return levels;
}

std::vector<double> power_of_two_levels(int exponents) {
  refuse_if(exponents < 1 || exponents > 30, "powers of two: 1 <= exponents <= 30");
  std::vector<double> levels = {0};
  for (int e = 0; e < exponents; ++e) {
    levels.push_back(std::ldexp(1.0, e));
    levels.push_back(-std::ldexp(1.0, e));
  }
  std::sort(levels.begin(), levels.end());
  return levels;
}

std::vector<double> n_hot_levels(int digits, int exponents, bool add_only) {
  refuse_if(digits < 1 || digits > exponents || exponents > 16, "n-hot levels: 1 <= digits <= exponents <= 16");
  std::set<std::int64_t> sums;
  if (add_only)
    for (const int sign : {-1, 1}) add_sums(0, digits, 0, exponents, sign, sums);
  else
    add_sums(0, digits, 0, exponents, 0, sums);
  return {sums.begin(), sums.end()};
}

std::optional<int> least_digits(std::int64_t integer, int exponents) {
  refuse_if(exponents < 1 || exponents > 62, "digits: 1 <= exponents <= 62");
  // From the highest exponent down: the fewest digits, with exponents from e on, of integer >> e and of (integer >> e)
  // + 1.
  constexpr int impossible = 1000;
  const std::int64_t size = std::abs(integer);
  int fewest[2] = {size >> exponents == 0 ? 0 : impossible, impossible};
  for (int e = exponents - 1; e >= 0; --e) {
    int next[2];
    for (const std::int64_t carry : {0, 1}) {
      const std::int64_t rest = (size >> e) + carry;
      const auto above = [&](std::int64_t half) { return fewest[half - (size >> (e + 1))]; };
      next[carry] = rest % 2 == 0 ? above(rest / 2) : 1 + std::min(above(rest / 2), above(rest / 2 + 1));
    }
    std::copy(next, next + 2, fewest);
  }
  if (fewest[0] >= impossible) return std::nullopt;
  return fewest[0];
}

AsymmetricGrid asymmetric_grid(double least, double greatest, int bits) {
  refuse_if(bits < 1 || bits > 16, "an asymmetric grid: 1 <= bits <= 16");
  refuse_if(!std::isfinite(least) || !std::isfinite(greatest) || least > greatest,
            "an asymmetric grid: least <= greatest, both finite");
  const double low = std::min(least, 0.0), high = std::max(greatest, 0.0);
  const std::int64_t levels = std::int64_t{1} << bits;
  const auto gaps = static_cast<double>(levels - 1);
  const double step = high / gaps - low / gaps;
  const double zero = step > 0 ? std::floor(-low / step + 0.5) : 0;
  return {step, static_cast<std::int64_t>(std::clamp(zero, 0.0, gaps)), levels};
}

}  // namespace pathquant
