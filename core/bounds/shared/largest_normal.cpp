#include "core/bounds/shared/largest_normal.hpp"

#include <boost/math/special_functions/erf.hpp>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <numbers>

namespace pathquant {

double largest_normal_quantile(const Vector& deviations, double eta) {
  const double largest = deviations.size() == 0 ? 0 : deviations.maxCoeff();
  if (!(largest > 0)) return 0;
  const Eigen::ArrayXd scaled = deviations.array() / largest;
  // log of the probability that none exceeds x, less the one wanted: increasing in x.
  const auto excess = [&](double x) {
    double sum = -std::log1p(-eta);
    for (const double d : scaled)
      if (d > 0) sum += std::log1p(-std::erfc(x / (std::numbers::sqrt2 * d)));
    return sum;
  };
  // Between the quantile of the largest alone and that of all at eta/P each.
  const auto quantile = [](double level) { return std::numbers::sqrt2 * boost::math::erfc_inv(level); };
  const double low = quantile(eta) * (1 - 1e-9);
  const double high = quantile(eta / static_cast<double>(scaled.size())) * (1 + 1e-9);
  const auto [below, above] =
      boost::math::tools::bisect(excess, low, high, boost::math::tools::eps_tolerance<double>(48));
  return largest * (below + above) / 2;
}

}  // namespace pathquant
