#include "core/sign_planes/distribution_planes.hpp"

#include <algorithm>

#include "core/alphabet/distribution_levels.hpp"

namespace pathquant {
namespace {

// Interval of x from `begin` to `end` whose approximation so far is the constant q.
struct Piece {
  Extended begin, end, q;
};

}  // namespace

DistributionPlanes ls1(const ScalarDistribution& law) {
  return gf(law, 1);
}

DistributionPlanes ls2(const ScalarDistribution& law) {
  const DistributionLevels four = lloyd_max(law, 4);
  const double lower = four.levels[2], upper = four.levels[3];
  return {{(lower + upper) / 2, (upper - lower) / 2}, four.error};
}

DistributionPlanes lst(const ScalarDistribution& law) {
  const DistributionLevels three = lloyd_max(law, 3);
  return {{three.levels[2] / 2, three.levels[2] / 2}, three.error};
}

DistributionPlanes gf(const ScalarDistribution& law, std::size_t planes) {
  std::vector<Piece> pieces = {{0, law.end(), 0}};  // x > 0; x < 0 is its mirror image
  DistributionPlanes result;
  Extended error = 1;
  for (std::size_t p = 0; p < planes; ++p) {
    std::vector<Piece> below, above;  // where r = x - q is negative, and where it is not
    Extended scale = 0;
    for (const auto& [begin, end, q] : pieces) {
      const Extended cut = std::clamp(q, begin, end);
      const DistributionMoments low = law.between(begin, cut), high = law.between(cut, end);
      scale += 2 * (q * low.mass - low.first + high.first - q * high.mass);
      if (begin < cut) below.push_back({begin, cut, q});
      if (cut < end) above.push_back({cut, end, q});
    }
    for (Piece& piece : below) piece.q -= scale;
    for (Piece& piece : above) piece.q += scale;
    pieces = std::move(below);
    pieces.insert(pieces.end(), above.begin(), above.end());
    error -= scale * scale;
    result.scales.push_back(static_cast<double>(scale));
  }
  result.error = static_cast<double>(error);
  return result;
}

}  // namespace pathquant
