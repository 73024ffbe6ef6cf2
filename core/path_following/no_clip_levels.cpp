#include "core/path_following/no_clip_levels.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/random/elementary.hpp"

namespace pathquant {

double growth_by_norms(const std::vector<double>& squared_norms) {
  double growth = 0;
  double largest = 0;
  for (const double squared : squared_norms) {
    if (!(squared > 0)) continue;
    growth = std::max(growth, largest / squared);
    largest = std::max(largest, squared);
  }
  return std::sqrt(growth);
}

std::int64_t spfq_no_clip_half_levels(const Vector& largest_weights, const Vector& steps, double growth, Index width,
                                      double eta, AlphabetKind kind) {
  if (kind == AlphabetKind::list)
    throw std::invalid_argument("a list of levels has no number of levels that could be chosen");
  const double decisions = static_cast<double>(width) * static_cast<double>(steps.size());
  const double reach = (largest_weights.array() / steps.array()).maxCoeff() +
                       growth / 2.0 * std::sqrt(2.0 * natural_log(2.0 * decisions / eta));
  const double half_levels = std::ceil(kind == AlphabetKind::midrise ? reach + 0.5 : reach);
  if (!(half_levels <= 1e15))
    throw std::domain_error(
        "no alphabet of reasonable size is sure not to clip: a column is too small next to those before it");
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(half_levels));
}

}  // namespace pathquant
