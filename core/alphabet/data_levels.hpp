// The best levels for given numbers: k-means in one dimension, exactly.
//
//   symbol   meaning
//   x_i, h_i n numbers and how much the squared error of each counts, h_i >= 0
//   L        number of levels
//   E        sum_i h_i min_c (x_i - l_c)^2
//
// With the numbers sorted the clusters are intervals, and the least error of the first j numbers with c levels is
//   E_c(j) = min_{i < j} E_{c-1}(i) + sum of h (x - mean)^2 over x_{i+1} .. x_j.
// The best i does not fall as j grows, so each c takes O(n log n) by halving the range of j: O(L n log n) in all,
// memory for L n small integers. It needs no start and has no local minimum, as Lloyd's iteration does.
//
// Source: Wu 1991 (optimal quantization by matrix searching); Wang & Song 2011 (Ckmeans.1d.dp).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace pathquant {

/// Ascending levels that minimise E: L of them, or as many as there are different numbers of positive weight, whichever
/// is less. `weights` empty: 1 each. Throws std::invalid_argument unless L >= 1 and some number has a positive weight.
std::vector<double> best_levels(std::span<const double> numbers, std::int64_t levels,
                                std::span<const double> weights = {});

}  // namespace pathquant
