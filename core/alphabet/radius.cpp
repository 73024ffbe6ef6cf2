#include "core/alphabet/radius.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace pathquant {

double quantile_of_magnitudes(const RowMatrix<double>& weights, double p) {
  std::vector<double> sizes(static_cast<std::size_t>(weights.size()));
  std::transform(weights.data(), weights.data() + weights.size(), sizes.begin(), [](double w) { return std::abs(w); });
  const double position = p * static_cast<double>(sizes.size() - 1);
  const auto below = std::min(static_cast<std::size_t>(position), sizes.size() - 1);
  const double fraction = position - static_cast<double>(below);
  const auto at = sizes.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(sizes.begin(), at, sizes.end());
  const double lower = *at;
  if (fraction == 0 || at + 1 == sizes.end()) return lower;
  const double upper = *std::min_element(at + 1, sizes.end());
  // Interpolate from the nearer end, as NumPy and PyTorch do.
  return fraction < 0.5 ? lower + fraction * (upper - lower) : upper - (1 - fraction) * (upper - lower);
}

double radius(const RowMatrix<double>& weights, RadiusRule rule, double p) {
  switch (rule) {
    case RadiusRule::absmax:
      return weights.cwiseAbs().maxCoeff();
    case RadiusRule::quantile: {
      double sum = 0;
      for (Index j = 0; j < weights.cols(); ++j) sum += quantile_of_magnitudes(weights.col(j), p);
      return sum / static_cast<double>(weights.cols());
    }
    case RadiusRule::median:
      return quantile_of_magnitudes(weights, 0.5);
    case RadiusRule::rms: {
      double sum = 0;
      for (const double w : weights.reshaped<Eigen::RowMajor>()) sum = std::fma(w, w, sum);
      return std::sqrt(sum / static_cast<double>(weights.size()));
    }
    case RadiusRule::mse:
    case RadiusRule::sigma:
      break;
  }
  throw std::logic_error("the mse rule has no radius: it chooses the step");
}

const std::vector<std::string>& radius_rule_names() {
  static const std::vector<std::string> names = {"absmax", "quantile", "median",
                                                 "rms",    "mse",      "sigma"};  // as RadiusRule
  return names;
}

}  // namespace pathquant
