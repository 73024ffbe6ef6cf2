// The mean of tr S under a law of the columns.
//
//   symbol  meaning
//   m, N    samples, width
//   S       sum_t v_t v_t^T over the columns v_t = P_N ... P_{t+1} X_t
//
// For independent columns without a preferred direction, E[<X_1, v>^2/||X_1||^2] = ||v||^2/m, each later projector
// keeps 1 - 1/m of a squared norm on average, whatever the vector, so
//   E tr S = E||X_1||^2 sum_{k<N} (1 - 1/m)^k = E||X_1||^2 m (1 - (1 - 1/m)^N).
// E||X_1||^2: core/bounds/shared/column_moments.hpp.
#pragma once

#include "core/inputs/input_distribution.hpp"
#include "core/types.hpp"

namespace pathquant {

/// `columns` must be independent, without_preference, and have a known mean_squared_norm; samples >= 1.
double expected_trace(const ColumnDistribution& columns, Index samples, Index width);

}  // namespace pathquant
