#include "core/sign_planes/plane_levels.hpp"

#include <algorithm>
#include <cmath>

namespace pathquant {

template <class S>
std::vector<PlaneLevel<S>> plane_levels(const PlaneScales<S>& scales) {
  const auto planes = static_cast<unsigned>(scales.size());
  std::vector<PlaneLevel<S>> levels(std::size_t{1} << planes);
  for (std::uint32_t code = 0; code < levels.size(); ++code) {
    S value = 0;
    for (unsigned p = 0; p < planes; ++p) value += (code >> (planes - 1 - p) & 1) != 0 ? scales[p] : -scales[p];
    levels[code] = {value, code};
  }
  std::sort(levels.begin(), levels.end(),
            [](const auto& a, const auto& b) { return a.value < b.value || (a.value == b.value && a.code > b.code); });
  levels.erase(
      std::unique(levels.begin(), levels.end(), [](const auto& a, const auto& b) { return a.value == b.value; }),
      levels.end());
  return levels;
}

template <class S>
void round_to_planes(std::span<const S> x, const PlaneScales<S>& scales, S* q) {
  std::vector<S> levels;  // those >= 0
  for (const auto& level : plane_levels(scales))
    if (level.value >= 0) levels.push_back(level.value);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const S magnitude = std::abs(x[i]);
    // Compare distances, not midpoints, because levels may be adjacent numbers of S.
    auto level = std::upper_bound(levels.begin(), levels.end(), magnitude);
    if (level == levels.end() || (level != levels.begin() && magnitude - *(level - 1) < *level - magnitude)) --level;
    q[i] = x[i] >= 0 ? *level : 0 - *level;
  }
}

template std::vector<PlaneLevel<float>> plane_levels(const PlaneScales<float>&);
template std::vector<PlaneLevel<double>> plane_levels(const PlaneScales<double>&);
template void round_to_planes(std::span<const float>, const PlaneScales<float>&, float*);
template void round_to_planes(std::span<const double>, const PlaneScales<double>&, double*);

}  // namespace pathquant
