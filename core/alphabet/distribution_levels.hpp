// Optimal scalar quantizers of a known distribution: free levels (Lloyd-Max) and equispaced levels.
//
//   symbol     meaning
//   p          density of the distribution (core/distributions/scalar_distribution.hpp), symmetric, of variance 1
//   L          number of levels; l_1 < .. < l_n those above 0, n = floor(L/2), and 0 where L is odd
//   c_i        0 <= c_1 < .. levels above or at 0 in units of the step: i (mid-tread), i + 1/2 (mid-rise)
//   D          mean squared error of rounding to the nearest level, relative to the variance
//
// Lloyd-Max: at the minimum of D every level is the mean of its cell, l_i m_0 = m_1 over the cell between the midpoints
// to its neighbours (Lloyd 1957; Max 1960). The solver is Newton's method: the equations are half the gradient of D and
// their Jacobian is tridiagonal. With a log-concave density the solution is unique (Fleischer 1964) and so the global
// minimum. For other densities it is a local minimum, with a positive definite Hessian.
//
// Uniform: dD/ds = 0 for the step s, solved from the best step of a fine grid.
//
// Levels and steps are rounded to 40 bits, so that they do not depend on the last bits of libm.
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

/// The Lloyd-Max quantizer. Throws std::invalid_argument unless 2 <= levels <= 1024.
DistributionLevels lloyd_max(const ScalarDistribution& law, std::int64_t levels);

/// The best step of equispaced levels. Throws std::invalid_argument unless the kind is mid-tread or mid-rise and
/// 1 <= half_levels <= 2^20.
DistributionStep best_uniform_step(const ScalarDistribution& law, AlphabetKind kind, std::int64_t half_levels);

/// D of any ascending levels, given in standard deviations.
double rounding_error_of(const ScalarDistribution& law, const std::vector<double>& levels);

}  // namespace pathquant
