// The step that minimises the weights' squared rounding error, exactly.
//
//   symbol   meaning
//   w_i, h_i n weights and how much the squared error of each counts: 1, or for all of input feature t some h_t >= 0,
//            such as ||X_t||^2
//   l_c      levels in units of the step, c = 0, 1, ..: for |w_i| of the uniform kinds l_c = c (mid-tread) or c + 1/2
//            (mid-rise), up to the largest; for a list one such sequence for w >= 0 and one, mirrored, for w < 0
//   s        the step: E(s) = sum_i h_i min_c (|w_i| - l_c s)^2
//
// For fixed codes c_i, min_s sum h_i (|w_i| - l_{c_i} s)^2 = sum h_i w_i^2 - A^2/B at s = A/B, where A > 0, with
// A = sum h_i |w_i| l_{c_i} and B = sum h_i l_{c_i}^2. The codes that are nearest for some s change only where a
// midpoint |w_i| = s (l_c + l_{c+1})/2 is crossed, so going through the steps s = 2|w_i|/(l_c + l_{c+1}) in descending
// order permutation every assignment that can be optimal: min_s E = sum h_i w_i^2 - max A^2/B over them. No local minimum is
// mistaken for the global one, as alternating codes and step may.
//
// Cost: at most n crossings for every level, each O(log n) with a heap over the weights; it stops where what lies
// beyond the largest level already costs more than the best step found.
//
// Source: derived; with levels {-1, 0, 1} the ternary least-squares optimum, cf. Pouransari, Tu & Tuzel 2020,
// arXiv 2001.02786.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/alphabet/alphabet.hpp"

namespace pathquant {

/// The s > 0 that minimises E(s) for all entries of `weights`; absent when there is none (all weights are 0, or no
/// multiple of the list has a positive product with them). `half_levels` and `values` as in Alphabet, and finite.
/// `feature_weights` are the h_t, one for each row of `weights`; empty: 1 each.
std::optional<double> mse_step(const RowMatrix<double>& weights, AlphabetKind kind,
                               std::optional<std::int64_t> half_levels, const std::vector<double>& values,
                               const Vector& feature_weights = {});

}  // namespace pathquant
