#include "core/sign_planes/published_search.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pathquant {
namespace {

template <class S>
std::vector<S> decisive(std::span<const S> x, std::size_t skip) {
  std::vector<S> a;
  for (std::size_t i = 0; i < x.size(); i += skip) a.push_back(std::abs(x[i]));
  return a;
}

// mean |a_i - v|
template <class S>
double mean_distance(const std::vector<S>& a, double v) {
  double sum = 0;
  for (const S size : a) sum += std::abs(size - v);
  return sum / static_cast<double>(a.size());
}

}  // namespace

template <class S>
std::vector<S> PublishedSearch::candidates(std::span<const S> x) const {
  std::vector<S> a = decisive(x, skip);
  std::sort(a.begin(), a.end());
  std::vector<S> found;
  double all = 0;
  for (const S size : a) all += size;
  double sum = 0;
  for (std::size_t j = 0; j + 1 < a.size(); ++j) {
    sum += a[j];
    const double lower = sum / static_cast<double>(j + 1);
    const double upper = (all - sum) / static_cast<double>(a.size() - j - 1);
    const auto between = [&](double v) { return a[j] <= v && v <= a[j + 1]; };
    if (j > 0 && (between(upper / 2) || (!ternary && between((lower + upper) / 2)))) found.push_back(a[j]);
  }
  const double half_mean = all / static_cast<double>(a.size()) / 2;
  if (ternary && a.front() > half_mean) found.push_back(static_cast<S>(half_mean));
  return found;
}

template <class S>
PlaneScales<S> PublishedSearch::choose(std::span<const S> x, const std::vector<S>& candidates) const {
  const std::vector<S> a = decisive(x, skip);
  S best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (const S v1 : candidates) {
    const double v2 = ternary ? static_cast<double>(v1) : mean_distance(a, v1);
    double error = 0;
    for (const S size : a) {
      const double rest = std::abs(size - static_cast<double>(v1)) - v2;
      error += rest * rest;
    }
    if (error >= least) continue;
    least = error;
    best = v1;
  }
  if (ternary) return {best, best};
  std::vector<S> all = decisive(x, 1);
  return {best, static_cast<S>(mean_distance(all, best))};
}

template std::vector<float> PublishedSearch::candidates(std::span<const float>) const;
template std::vector<double> PublishedSearch::candidates(std::span<const double>) const;
template PlaneScales<float> PublishedSearch::choose(std::span<const float>, const std::vector<float>&) const;
template PlaneScales<double> PublishedSearch::choose(std::span<const double>, const std::vector<double>&) const;

}  // namespace pathquant
