// The best levels for numbers of a known law: free ones (Lloyd and Max), and equispaced ones.
//
//   symbol     meaning
//   p          density of the law (core/distributions/scalar_distribution.hpp), symmetric, of variance 1
//   L          number of levels; l_1 < .. < l_n those above 0, n = floor(L/2), and 0 where L is odd
//   c_i        0 <= c_1 < .. levels above or at 0 in units of the step: i (mid-tread), i + 1/2 (mid-rise)
//   D          mean squared error of rounding to the nearest level, relative to the variance
//
// Lloyd-Max: D is least where every level is the mean of its cell, l_i m_0 = m_1 over the cell between the midpoints to
// its neighbours (Lloyd 1957; Max 1960). Solved by Newton's method: the equations are half the gradient of D and their
// Jacobian is tridiagonal. With a log-concave density they have one solution (Fleischer 1964), so it is the global
// minimum; for others it is a local one, with a positive definite Hessian.
//
// Uniform: dD/ds = 0 for the step s, from the least value on a fine grid of steps.
//
// Bits beyond the 40th of levels and steps are rounded away, so that they do not depend on the last ones of libm.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/alphabet/alphabet.hpp"
#include "core/distributions/scalar_distribution.hpp"

namespace pathquant {

struct DistributionLevels {
  std::vector<double> levels;  ///< ascending, in standard deviations
  double error = 0;            ///< D
};

struct DistributionStep {
  double step = 0;   ///< in standard deviations
  double error = 0;  ///< D
};

/// 2 <= levels <= 1024. Throws std::invalid_argument otherwise.
DistributionLevels lloyd_max(const ScalarDistribution& law, std::int64_t levels);

/// Mid-tread or mid-rise with 1 <= half_levels <= 2^20. Throws std::invalid_argument otherwise.
DistributionStep best_uniform_step(const ScalarDistribution& law, AlphabetKind kind, std::int64_t half_levels);

/// D of any levels in standard deviations, ascending.
double rounding_error_of(const ScalarDistribution& law, const std::vector<double>& levels);

}  // namespace pathquant
