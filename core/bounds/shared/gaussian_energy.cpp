#include "core/bounds/shared/gaussian_energy.hpp"

#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cmath>

namespace pathquant {

double least_gaussian_energy(const Vector& spectrum, Index neurons, double t) {
  const double largest = spectrum.maxCoeff();
  const Eigen::ArrayXd relative = (spectrum / largest).array().max(0.0);
  const auto freedom = static_cast<double>(neurons);
  const auto energy = [&](double log_theta) {
    const double theta = std::exp(log_theta);
    double sum = 0;
    for (const double one : relative) sum += std::log1p(2.0 * theta * one);
    return (freedom / 2.0 * sum - t) / theta;
  };
  // With h the numerator, the best theta has h = theta h' < P rank/2 and h > 0; log(1 + x) <= x gives the lower end,
  // the largest eigenvalue alone the upper one. h is concave and h(0) < 0, so h/theta has one maximum.
  const double from = std::log(t / (freedom * relative.sum()));
  const double most = 2.0 * t / freedom + static_cast<double>(relative.size());
  const double to = std::max(from + 1.0, std::min(600.0, most));
  const auto best = boost::math::tools::brent_find_minima([&](double u) { return -energy(u); }, from, to, 40);
  return largest * -best.second;
}

}  // namespace pathquant
