// Scaled sign approximations of a known distribution: the limits of their scales and errors for long vectors.
//
//   symbol  meaning
//   p       density of the distribution, symmetric, of variance 1
//   v_p, D  scales in standard deviations, and the mean squared error relative to the variance
//
// ls1  v_1 = E|x|, D = 1 - v_1^2
// gf   v_p = E|r_{p-1}|, D = 1 - sum v_p^2. Between the points where a sign changes, r_p = x - q is x less a constant,
//      so E|r_p| is a sum of moments over these intervals
// ls2  the best symmetric quantizer of four levels l, u, v_1 = (l + u)/2, v_2 = (u - l)/2
//      (core/alphabet/distribution_levels.hpp); for log-concave densities it is the best of all four-level quantizers
// lst  the best symmetric quantizer of three levels, 2v the one above 0
//
// A vector of n draws has a smaller error, because its scales are fitted to these n numbers.
//
// Source: theory, section 4.2; Pouransari, Tu & Tuzel 2020, arXiv 2001.02786.
#pragma once

#include <cstddef>
#include <vector>

#include "core/distributions/scalar_distribution.hpp"

namespace pathquant {

struct DistributionPlanes {
  std::vector<double> scales;
  double error = 0;  ///< D
};

DistributionPlanes ls1(const ScalarDistribution& law);
DistributionPlanes ls2(const ScalarDistribution& law);
DistributionPlanes lst(const ScalarDistribution& law);
/// 1 <= planes <= most_planes (core/sign_planes/plane_scales.hpp).
DistributionPlanes gf(const ScalarDistribution& law, std::size_t planes);

}  // namespace pathquant
