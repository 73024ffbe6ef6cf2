#include "core/alphabet/nested_grid.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace pathquant {

NestedGrid::NestedGrid(double range) : range_(range) {
  if (!(range > 0) || !std::isfinite(range)) throw std::invalid_argument("a nested grid has a finite range > 0");
}

std::int64_t NestedGrid::ratio(std::size_t stage) {
  return stage == 0 ? 3 : (std::int64_t{1} << bits[stage - 1]) + 1;
}

double NestedGrid::step(std::size_t stage) const {
  return 2 * (range_ / static_cast<double>((std::int64_t{1} << bits[stage]) - 1));
}

NestedGrid::Codes NestedGrid::codes(double x) const {
  Codes codes{};
  // In integer steps of the finest grid, where every coarser level is an integer and no operation rounds.
  constexpr std::int64_t most = (std::int64_t{1} << 15) - 1;
  const double finest = std::floor(x / step(3) + 0.5);
  std::int64_t rest = static_cast<std::int64_t>(std::clamp(finest, -double(most), double(most)));
  std::int64_t unit = 5 * 17 * 257;
  for (std::size_t stage = 0; stage < codes.size(); ++stage) {
    const std::int64_t size = std::abs(rest) + unit / 2;
    codes[stage] = static_cast<std::int32_t>(rest < 0 ? -(size / unit) : size / unit);
    rest -= codes[stage] * unit;
    if (stage + 1 < codes.size()) unit /= ratio(stage + 1);
  }
  return codes;
}

double NestedGrid::value(const Codes& codes, std::size_t stage) const {
  std::int64_t k = 0;
  for (std::size_t s = 0; s <= stage; ++s) k = k * (s == 0 ? 1 : ratio(s)) + codes[s];
  return static_cast<double>(k) * step(stage);
}

}  // namespace pathquant
