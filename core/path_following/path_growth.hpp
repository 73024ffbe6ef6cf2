// How far path following carries an argument from its weight, and what that does to W~ - Q.
//
//   symbol  shape   meaning
//   S_t     m x m   P_t S_{t-1} P_t + Xq_t Xq_t^T, S_0 = 0: the S of the first t columns
//   g_t             (Xq_t^T S_{t-1} Xq_t)^{1/2} / ||Xq_t||^2
//   c_t, xi_t       argument and rounding error of step t
//   M, D    N x N   lower triangle of Xq^T Xq with its diagonal D, live columns only
//
// c_t - w~_t = <Xq_t, u_{t-1}> / ||Xq_t||^2 with u_{t-1} = sum_{s<t} xi_s P_{t-1} .. P_{s+1} Xq_s, so rounding errors
// that are uncorrelated, of mean 0 and variance v, give it the variance v g_t^2; and (w~ - q)_t = xi_t - (c_t - w~_t).
// By F2 this is w~ - q = M^{-1} D xi: row t of M^{-1} D is 1 on the diagonal and has squared norm g_t^2 beside it, so
//   ||M^{-1} D||_F^2 = sum_t (1 + g_t^2).
//
// Source: theory, F1, F2 and S8.
#pragma once

#include "core/execution.hpp"
#include "core/types.hpp"

namespace pathquant {

template <class S>
class TriangleRows;

/// Over the live columns.
struct PathGrowth {
  Index live_columns = 0;
  double largest = 0;      ///< max_t g_t
  double sum_squares = 0;  ///< sum_t g_t^2
};

/// Multiply-adds of what follows, to leading order.
double path_growth_cost(LayerShape shape);

/// g_t^2 for every column; -1 where it is dead. By the m x m recursion when N > m and by the N x N triangle when N <=
/// m, in double precision; the same bits on every processor.
Vector squared_growths(const Matrix<double>& quantized_inputs, const ExecutionContext& execution);

PathGrowth path_growth(const Matrix<double>& quantized_inputs, const ExecutionContext& execution);

/// The same from Xq^T Xq of N features in the order of their visit, always by the N x N triangle.
PathGrowth path_growth(const TriangleRows<double>& gram, Index features, const ExecutionContext& execution);

}  // namespace pathquant
