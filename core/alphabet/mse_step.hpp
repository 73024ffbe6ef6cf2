// MSE-optimal step: the exact minimiser of the weights' squared rounding error.
//
//   symbol   meaning
//   w_i, h_i n weights and the weight of each squared error: 1, or some h_t >= 0 for all weights of input feature t,
//            such as ||X_t||^2
//   l_c      levels in units of the step, c = 0, 1, ..: for |w_i| of the uniform kinds l_c = c (mid-tread) or c + 1/2
//            (mid-rise), up to the largest; for a list one such sequence for w >= 0 and one, mirrored, for w < 0
//   s        the step: E(s) = sum_i h_i min_c (|w_i| - l_c s)^2
//
// For fixed codes c_i, min_s sum h_i (|w_i| - l_{c_i} s)^2 = sum h_i w_i^2 - A^2/B at s = A/B, where A > 0, with
// A = sum h_i |w_i| l_{c_i} and B = sum h_i l_{c_i}^2. The nearest codes change only where s crosses a midpoint,
// |w_i| = s (l_c + l_{c+1})/2. So the steps s = 2|w_i|/(l_c + l_{c+1}) in descending order visit every assignment that
// can be optimal, and min_s E = sum h_i w_i^2 - max A^2/B over them. Unlike alternating codes and step, the search
// cannot end in a local minimum.
//
// Cost: at most n crossings for every level, each O(log n) with a heap over the weights. The search stops where the
// error of weights beyond the largest level already exceeds the error of the best step found.
//
// Source: derived; with levels {-1, 0, 1} the ternary least-squares optimum, cf. Pouransari, Tu & Tuzel 2020,
// arXiv 2001.02786.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/alphabet/alphabet.hpp"

namespace pathquant {

/// The s > 0 that minimises E(s) for all entries of `weights`. Absent when there is none: all weights are 0, or no
/// assignment of list levels has a positive product with them. `half_levels` and `values` as in Alphabet, and finite.
/// `feature_weights` are the h_t, one for each row of `weights`; empty: 1 each.
std::optional<double> mse_step(const RowMatrix<double>& weights, AlphabetKind kind,
                               std::optional<std::int64_t> half_levels, const std::vector<double>& values,
                               const Vector& feature_weights = {});

}  // namespace pathquant
