// What rounding errors do to the outputs on a fresh row.
//
//   symbol  shape   meaning
//   Sigma   N x N   E z z^T of a fresh row z (core/inputs/second_moment.hpp)
//   M, D    N x N   lower triangle of Xq^T Xq with its diagonal D
//   B_t     m x k   what a state u after step t adds to F^T(w - q) is -B_t^T u
//
// Where X == Xq path following has w - q = M^{-1} D xi (F2), so rounding errors that are uncorrelated, of mean 0 and
// variance v, give E (z^T(w - q))^2 = v tr(D M^{-T} Sigma M^{-1} D) for given X; memoryless rounding has w - q = xi and
// v tr Sigma.
//
// With Sigma = diag(d) + F F^T the trace is sum_t d_t (1 + g_t^2) (core/path_following/path_growth.hpp) plus
// ||F^T M^{-1} D||_F^2, whose column t is what a unit error at step t does: y_t = F_t - B_t^T Xq_t, F_t the t-th row of
// F. From the last step to the first, B_N = 0 and B_{t-1} = B_t + Xq_t y_t^T/||Xq_t||^2.
//
// Source: theory, F2 and the last row of 0.2.
#pragma once

#include "core/execution.hpp"
#include "core/inputs/second_moment.hpp"
#include "core/types.hpp"

namespace pathquant {

struct FreshSpread {
  double path = 0;         ///< tr(D M^{-T} Sigma M^{-1} D)
  double memoryless = 0;   ///< tr Sigma
  Index dead_columns = 0;  ///< columns of Xq without a direction; `path` is about the others
};

/// Multiply-adds, to leading order: 4 m N k and, where d is not 0, those of path_growth.
double fresh_spread_cost(LayerShape shape, const SecondMoment& moment);

/// Columns and features in the order of their visit, in double precision.
FreshSpread fresh_spread(const Matrix<double>& quantized_inputs, const SecondMoment& moment,
                         const ExecutionContext& execution);

}  // namespace pathquant
