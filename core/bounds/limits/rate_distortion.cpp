#include "core/bounds/limits/rate_distortion.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <vector>

namespace pathquant {
namespace {

// Largest first, without those that are 0 up to the rounding of an eigenvalue.
std::vector<double> live(const Vector& variances) {
  std::vector<double> list(variances.begin(), variances.end());
  std::sort(list.begin(), list.end(), std::greater<>());
  const double rounding = list.empty() ? 0 : 0x1p-50 * static_cast<double>(list.size()) * list.front();
  while (!list.empty() && !(list.back() > rounding)) list.pop_back();
  return list;
}

}  // namespace

Index live_parts(const Vector& variances) {
  return static_cast<Index>(live(variances).size());
}

double least_error(const Vector& variances, double bits) {
  const std::vector<double> s = live(variances);
  double logs = 0;
  double level = 0;
  std::size_t k = 0;
  // Another part goes above the water as long as the level that this gives is below it.
  while (k < s.size()) {
    const double next = (logs + std::log(s[k]) - 2 * bits * std::numbers::ln2) / static_cast<double>(k + 1);
    if (next >= std::log(s[k])) break;
    logs += std::log(s[k++]);
    level = std::exp(next);
  }
  double error = static_cast<double>(k) * level;
  for (std::size_t i = k; i < s.size(); ++i) error += s[i];
  return error;
}

double least_bits(const Vector& variances, double error) {
  const std::vector<double> s = live(variances);
  double below = 0;  // of the parts below the water
  for (const double variance : s) below += variance;
  if (error >= below) return 0;
  double bits = 0;
  double level = 0;
  std::size_t k = 0;
  for (; k < s.size(); ++k) {
    const double next = (error - (below - s[k])) / static_cast<double>(k + 1);
    if (k > 0 && next >= s[k]) break;
    below -= s[k];
    level = next;
  }
  for (std::size_t i = 0; i < k; ++i) bits += std::log2(s[i] / level) / 2;
  return bits;
}

}  // namespace pathquant
