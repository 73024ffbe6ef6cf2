#include "core/bounds/shared/stationary_moments.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <tuple>

#include "core/bounds/shared/memo.hpp"

namespace pathquant {
namespace {

constexpr int largest_order = 120;  // enough for eta >= 1e-12

double log_sum(const std::vector<double>& logs) {
  const double largest = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double value : logs) sum += std::exp(value - largest);
  return largest + std::log(sum);
}

double log_binomial(int n, int k) {
  // Not std::lgamma, which leaves the sign in a global variable: lines are evaluated in several threads.
  return boost::math::lgamma(n + 1.0) - boost::math::lgamma(k + 1.0) - boost::math::lgamma(n - k + 1.0);
}

}  // namespace

std::vector<double> log_stationary_moments(UnitDistribution law, Index samples, int count) {
  const auto m = static_cast<double>(samples);
  std::vector<double> kept = {0.0};    // log b_j; -infinity for m = 1 and j >= 1, where nothing is kept
  std::vector<double> gained = {0.0};  // log g_j
  for (int j = 0; j < count; ++j) {
    kept.push_back(kept.back() + std::log((m - 1.0 + 2.0 * j) / (m + 2.0 * j)));
    gained.push_back(law == UnitDistribution::gaussian ? gained.back() + std::log(m + 2.0 * j)
                                                       : std::log(m / (m + 2.0 * (j + 1))));
  }
  std::vector<double> moments = {0.0};
  for (int k = 1; k <= count; ++k) {
    std::vector<double> terms;
    terms.reserve(static_cast<std::size_t>(k));
    for (int j = 0; j < k; ++j) terms.push_back(log_binomial(k, j) + kept[j] + moments[j] + gained[k - j]);
    moments.push_back(log_sum(terms) - std::log(-std::expm1(kept[k])));
  }
  return moments;
}

double stationary_quantile_bound(UnitDistribution law, Index samples, double eta) {
  static Memo<std::tuple<UnitDistribution, Index, double>, double> memo;
  return memo.get({law, samples, eta}, [&] {
    const std::vector<double> moments = log_stationary_moments(law, samples, largest_order);
    double best = std::numeric_limits<double>::infinity();
    for (int k = 1; k <= largest_order; ++k) best = std::min(best, std::exp((moments[k] - std::log(eta)) / k));
    return best;
  });
}

}  // namespace pathquant
