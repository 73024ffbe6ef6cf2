#include "experiments/sample_statistics/moments.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

namespace pathquant {

Moments moments(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  Moments result{std::accumulate(values.begin(), values.end(), 0.0) / n, std::nullopt};
  if (values.size() < 2) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.standard_error = std::sqrt(squares / (n - 1) / n);
  return result;
}

double quantile(const std::vector<double>& sorted, double q) {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double student_quantile(double p, std::size_t degrees) {
  return boost::math::quantile(boost::math::students_t(static_cast<double>(degrees)), p);
}

std::optional<Interval> student_interval(const Moments& mean, std::size_t n) {
  if (!mean.standard_error) return std::nullopt;
  const double half_width = student_quantile(0.975, n - 1) * *mean.standard_error;
  return Interval{mean.mean - half_width, mean.mean + half_width};
}

double chance_of_mean(const std::vector<double>& values, double allowed) {
  const Moments m = moments(values);
  if (*m.standard_error == 0) return m.mean <= allowed ? 1 : 0;
  const boost::math::students_t law(static_cast<double>(values.size() - 1));
  return boost::math::cdf(boost::math::complement(law, (m.mean - allowed) / *m.standard_error));
}

Moments ratio_of_means(const std::vector<double>& a, const std::vector<double>& b) {
  const double mean_b = moments(b).mean;
  Moments result{moments(a).mean / mean_b, std::nullopt};
  std::vector<double> residuals(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) residuals[i] = a[i] - result.mean * b[i];
  if (const auto error = moments(residuals).standard_error) result.standard_error = *error / std::abs(mean_b);
  return result;
}

// With r = ratio + x and e = a - ratio b, whose mean is 0: (x mean(b))^2 <= t^2 (var(e) - 2 x cov(e, b) + x^2 var(b)).
std::optional<Interval> ratio_interval(const std::vector<double>& a, const std::vector<double>& b, double tail) {
  const auto n = static_cast<double>(a.size());
  const double mean_b = moments(b).mean;
  const double ratio = moments(a).mean / mean_b;
  double ee = 0, eb = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double e = a[i] - ratio * b[i];
    ee += e * e;
    eb += e * (b[i] - mean_b);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  const double t = student_quantile(1 - tail, a.size() - 1);
  const double scale = t * t / (n - 1) / n;
  const double square = mean_b * mean_b - scale * bb;
  if (!(square > 0)) return std::nullopt;
  const double middle = -scale * eb / square;
  const double half_width = std::sqrt(middle * middle + scale * ee / square);
  return Interval{ratio + middle - half_width, ratio + middle + half_width};
}

}  // namespace pathquant
