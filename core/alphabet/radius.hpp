// Radius of a layer's or neuron's weights: the size from which the largest level of an alphabet is chosen.
//
//   symbol  meaning
//   W, w_j  N x P weights; the N weights of neuron j
//   p       percentile, a number in [0, 1]
//
//   rule      radius of a layer                                   radius of a neuron
//   absmax    max |W|                                             max |w_j|
//   quantile  mean over the neurons of the p-quantile of |w_j|    the p-quantile of |w_j|
//   median    median of |W|, the mean of the middle two           median of |w_j|
//   rms       (sum w^2 / (N P))^(1/2)                             (sum w^2 / N)^(1/2)
//
// The p-quantile of a_1 <= .. <= a_n is at position p (n - 1) + 1, linearly interpolated (as in NumPy and PyTorch).
// Sources: quantile: Zhang, Zhou & Saab 2022, arXiv 2201.11113; median: Lybrand & Saab 2020, arXiv 2010.15979.
#pragma once

#include <string>
#include <vector>

#include "core/types.hpp"

namespace pathquant {

enum class RadiusRule {
  absmax,
  quantile,
  median,
  rms,
  mse,    ///< chooses the step itself: core/alphabet/mse_step.hpp
  sigma,  ///< chooses the step itself, for a distribution: core/alphabet/distribution_levels.hpp
};

/// The p-quantile of the magnitudes of all entries. Requires 0 <= p <= 1 and at least one entry.
double quantile_of_magnitudes(const RowMatrix<double>& weights, double p);

/// The radius of the matrix as a layer (one column: as a neuron), for every rule except mse and sigma. Only the rule
/// quantile uses p.
double radius(const RowMatrix<double>& weights, RadiusRule rule, double p);

/// Their names in a config, in the order of the enumeration.
const std::vector<std::string>& radius_rule_names();

}  // namespace pathquant
