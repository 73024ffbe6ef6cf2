#include "core/sign_planes/plane_levels.hpp"

#include <doctest/doctest.h>

#include "tests/core/sign_planes/vectors.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace plane_levels_test {

double level_of(const PlaneScales<double>& scales, std::uint32_t code) {
  double value = 0;
  for (std::size_t p = 0; p < scales.size(); ++p)
    value += (code >> (scales.size() - 1 - p) & 1) != 0 ? scales[p] : -scales[p];
  return value;
}

TEST_CASE("Every sum of signed scales is a level once, with a code that makes it") {
  for (const PlaneScales<double>& scales :
       {PlaneScales<double>{0.7}, PlaneScales<double>{1, 1}, PlaneScales<double>{0, 0, 0}, PlaneScales<double>{4, 2, 1},
        PlaneScales<double>{3, 1.5, 1.5}, PlaneScales<double>{1, 2, 0.3, 0.1, 0.7}}) {
    const auto levels = plane_levels(scales);
    for (std::size_t c = 0; c < levels.size(); ++c) {
      CHECK(level_of(scales, levels[c].code) == levels[c].value);
      CHECK(levels[c].value == -levels[levels.size() - 1 - c].value);
      if (c > 0) CHECK(levels[c - 1].value < levels[c].value);
    }
    for (std::uint32_t code = 0; code < 1u << scales.size(); ++code)
      CHECK(std::any_of(levels.begin(), levels.end(), [&](const auto& level) {
        return level.value == level_of(scales, code) && level.code >= code;
      }));
  }
  CHECK(plane_levels<double>({4, 2, 1}).size() == 8);
  CHECK(plane_levels<double>({3, 1.5, 1.5}).size() == 5);  // -6, -3, 0, 3, 6
}

TEST_CASE_TEMPLATE("Rounding takes the nearest level, halfway the farther from 0", S, float, double) {
  for (const PlaneScales<S>& scales :
       {PlaneScales<S>{S(0.7)}, PlaneScales<S>{1, 1}, PlaneScales<S>{0, 0}, PlaneScales<S>{S(1.3), S(0.4), S(0.35)},
        PlaneScales<S>{1, 2, S(0.3), S(0.1), S(0.7)}}) {
    std::vector<S> x = normals<S>("nearest", 300);
    const auto levels = plane_levels(scales);
    for (const auto& level : levels) x.push_back(level.value);
    std::vector<S> q(x.size());
    round_to_planes<S>(x, scales, q.data());
    for (std::size_t i = 0; i < x.size(); ++i) {
      S least = std::numeric_limits<S>::infinity();
      for (const auto& level : levels) least = std::min(least, std::abs(x[i] - level.value));
      CHECK(std::abs(x[i] - q[i]) <= least * (1 + 4 * std::numeric_limits<S>::epsilon()));
    }
  }
  std::vector<S> ties = {2, -2, 0, S(-0.0), 1, -1};
  round_to_planes<S>(ties, {2, 1}, ties.data());
  CHECK(ties == std::vector<S>{3, -3, 1, 1, 1, -1});
}

}  // namespace plane_levels_test
