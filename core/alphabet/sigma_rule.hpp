// A step from the standard deviation of the weights: the mid-rise quantizer of 2^b levels that is best for a law.
//
//   symbol  meaning
//   sigma   root mean square of the weights (mean 0), b bits
//   c(b)    step of the best 2^b mid-rise levels for the law of variance 1 (core/alphabet/distribution_levels.hpp)
//
// step = c(b) sigma. The published code reads its table one entry too early, c(b - 1): wider levels, with .2135 instead
// of .1188 of the variance for Gaussian weights at two bits.
//
// Source: DAQ, Hong et al. 2022, arXiv 2012.11230; the index: its release, described in our own words.
#pragma once

#include "core/distributions/scalar_distribution.hpp"

namespace pathquant {

enum class SigmaIndex {
  optimal,  ///< c(b)
  release,  ///< c(b - 1), b >= 2
};

/// step/sigma. 1 <= bits <= 16. Throws std::invalid_argument otherwise.
double sigma_step(const ScalarDistribution& law, int bits, SigmaIndex index);

}  // namespace pathquant
