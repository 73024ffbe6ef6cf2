// The moments that dominate GPFQ's squared error under a law of the columns, at rho = 1 and sigma = 1 or r = 1.
//
//   symbol  meaning
//   R       stationary solution of R = (1 - B) R + G, B ~ Beta(1/2, (m-1)/2) independent of G, the law of ||X_1||^2
//   b_j     E(1 - B)^j = prod_{i<j} (m-1+2i)/(m+2i)
//   g_j     E G^j = prod_{i<j} (m+2i) (Gaussian) or m/(m+2j) (ball)
//   M_k     E R^k = [sum_{j<k} C(k,j) b_j M_j g_{k-j}] / (1 - b_k),  M_0 = 1
#pragma once

#include <vector>

#include "core/types.hpp"

namespace pathquant {

enum class UnitDistribution { gaussian, ball };

/// log M_0 .. log M_count. samples >= 1.
std::vector<double> log_stationary_moments(UnitDistribution law, Index samples, int count);

/// min over 1 <= k <= 120 of (M_k/eta)^{1/k}: R exceeds it with probability at most eta.
double stationary_quantile_bound(UnitDistribution law, Index samples, double eta);

}  // namespace pathquant
