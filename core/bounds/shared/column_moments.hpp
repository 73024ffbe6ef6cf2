// What a law of the columns says of one column, whichever facts it gives.
//
//   symbol   meaning
//   m        samples
//   X_1      a column of Xq
//   s^2      least E[<X_1, v>^2 / ||X_1||^2] over unit v: 1/m for a direction without preference
//
// s^2 = 1/m holds for Gaussian columns, columns uniform in a ball, and columns of exchangeable, sign-symmetric entries
// that are never 0: there E[x_i x_k/||x||^2] = 0 for i != k, and the m equal numbers E[x_i^2/||x||^2] add up to 1.
#pragma once

#include <optional>

#include "core/inputs/input_distribution.hpp"
#include "core/types.hpp"

namespace pathquant {

/// s^2 = 1/m is known.
bool without_preference(const ColumnDistribution& columns);

/// E||X_1||^2: sigma^2 m (Gaussian), r^2 m/(m+2) (ball), m E x^2.
std::optional<double> mean_squared_norm(const ColumnDistribution& columns, Index samples);

/// The least r with ||X_1|| <= r always, of those known: radius of the ball, norm bound, entry bound times sqrt(m).
std::optional<double> largest_norm(const ColumnDistribution& columns, Index samples);

}  // namespace pathquant
