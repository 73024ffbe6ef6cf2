// Optimal levels for given numbers: exact k-means in one dimension.
//
//   symbol   meaning
//   x_i, h_i n numbers and the weight of each squared error, h_i >= 0
//   L        number of levels
//   E        sum_i h_i min_c (x_i - l_c)^2
//
// The clusters of sorted numbers are intervals. The least error of the first j numbers with c levels is
//   E_c(j) = min_{i < j} E_{c-1}(i) + sum of h (x - mean)^2 over x_{i+1} .. x_j.
// The best i does not decrease as j grows, so halving the range of j takes O(n log n) for each c. The total cost is
// O(L n log n) time and memory for L n small integers. Unlike Lloyd's iteration, the method needs no initial value and
// has no local minima.
//
// Source: Wu 1991 (optimal quantization by matrix searching); Wang & Song 2011 (Ckmeans.1d.dp).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pathquant {

/// Ascending levels that minimise E: L of them, or one for each different number of positive weight if those are fewer.
/// Empty `weights` mean 1 each. Throws std::invalid_argument unless L >= 1 and some number has a positive weight.
std::vector<double> best_levels(std::span<const double> numbers, std::int64_t levels,
                                std::span<const double> weights = {});

}  // namespace pathquant
