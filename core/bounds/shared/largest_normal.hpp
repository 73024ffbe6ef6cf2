// The largest of several independent normal numbers of mean 0.
//
//   symbol   meaning
//   d_j      standard deviations
//   g_j      N(0, d_j^2), independent
//
// P(max_j |g_j| > x) = 1 - prod_j erf(x/(sqrt2 d_j)).
#pragma once

#include "core/types.hpp"

namespace pathquant {

/// The x that max_j |g_j| exceeds with probability eta; 0 where all d_j are 0. 0 < eta < 1.
double largest_normal_quantile(const Vector& deviations, double eta);

}  // namespace pathquant
