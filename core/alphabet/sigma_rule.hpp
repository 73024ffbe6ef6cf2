// Sigma rule: the step of the optimal mid-rise quantizer of 2^b levels for a distribution with the weights' root mean
// square.
//
//   symbol  meaning
//   sigma   root mean square of the weights (mean 0), b bits
//   c(b)    step of the best 2^b mid-rise levels for the distribution of variance 1
//           (core/alphabet/distribution_levels.hpp)
//
// step = c(b) sigma. The published code reads the table entry before the intended one, c(b - 1), so its levels are
// wider:
// for Gaussian weights at two bits the error is .2135 of the variance instead of .1188.
//
// Source: DAQ, Hong et al. 2022, arXiv 2012.11230; the index: its published code, described in our own words.
#pragma once

#include "core/distributions/scalar_distribution.hpp"

namespace pathquant {

enum class SigmaIndex {
  optimal,  ///< c(b)
  release,  ///< c(b - 1), b >= 2
};

/// step/sigma. Throws std::invalid_argument unless 1 <= bits <= 16, and bits >= 2 for the index `release`.
double sigma_step(const ScalarDistribution& law, int bits, SigmaIndex index);

}  // namespace pathquant
