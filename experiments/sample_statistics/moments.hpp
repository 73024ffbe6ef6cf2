// Sample statistics over the trials of a cell: means, quantiles and intervals by Student's t.
#pragma once

#include <optional>
#include <vector>

namespace pathquant {

/// Mean and standard error of n >= 1 values. The standard error is absent for n = 1.
struct Moments {
  double mean = 0;
  std::optional<double> standard_error;  ///< sample standard deviation / sqrt(n)
};
Moments moments(const std::vector<double>& values);

/// The q-quantile with linear interpolation between order statistics (position q (n-1)); `sorted` ascending, not empty.
double quantile(const std::vector<double>& sorted, double q);

/// Quantile of Student's t: the value exceeded with probability 1 - p, for `degrees` >= 1.
double student_quantile(double p, std::size_t degrees);

struct Interval {
  double low = 0;
  double high = 0;
};
/// The 95 % interval of a mean of n values by Student's t; absent for n = 1.
std::optional<Interval> student_interval(const Moments& mean, std::size_t n);

/// One-sided p-value by Student's t: the probability of a sample mean at least as large as that of these n >= 2 values
/// if the true mean is `allowed`.
double chance_of_mean(const std::vector<double>& values, double allowed);

/// mean(a)/mean(b) of paired values. The standard error is by linearisation: that of a - ratio b, over mean(b).
Moments ratio_of_means(const std::vector<double>& a, const std::vector<double>& b);

/// Fieller's interval for mean(a)/mean(b) of n >= 2 paired values: all r for which chance_of_mean of a - r b, and of
/// r b - a, is at least `tail` where 0 is allowed. Absent where that is no interval: mean(b) may be 0.
std::optional<Interval> ratio_interval(const std::vector<double>& a, const std::vector<double>& b, double tail);

}  // namespace pathquant
