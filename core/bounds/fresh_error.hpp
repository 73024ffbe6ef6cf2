// The error of one neuron on a fresh sample z, where X == Xq.
//
//   symbol   shape   meaning
//   u        m       X(w - q), the error on the calibration data
//   s_i, U_s         singular values above 0 of X and their left vectors: X = U_s diag(s) V^T
//   M, D     N x N   lower triangle of X^T X with its diagonal D, live columns only
//
// In the row space (T1.2): for z = V g with g ~ N(0, sigma_z^2 I), independent of X, w and all draws, z^T(w - q) =
// g^T diag(1/s) U_s^T u exactly, so given X, w and q it is N(0, sigma_z^2 ||diag(1/s) U_s^T u||^2). Says nothing of a z
// with a part outside the row space, which X does not see.
//
// By a prediction, never a bound: for E z z^T = sigma_z^2 I (entries uncorrelated, of mean 0, as for a fresh row of
// independent symmetric entries) and rounding errors that are uncorrelated, of mean 0 and variance v = delta^2/12
// (nearest) or delta^2/6 (stochastic), w - q = M^{-1} D xi (F2) gives
//   E (z^T(w - q))^2 ~ v sigma_z^2 ||M^{-1} D||_F^2 = v sigma_z^2 sum_t (1 + g_t^2),
// per sample and neuron; g_t: core/statistics/path_growth.hpp. Needs weights that spread evenly over the steps, no
// clipping, and no dead column.
//
// Source: theory, T1.2 and the last row of 0.2.
#pragma once

#include "core/statistics/path_growth.hpp"
#include "core/types.hpp"

namespace pathquant {

/// ||diag(1/s) U_s^T u||. Singular values below max(m, N) 2^-52 s_max count as 0. `error` must be X(w - q).
double row_space_deviation(const Matrix<double>& inputs, const Vector& error);

/// |z^T(w - q)| exceeds it with probability eta exactly: sigma_z Phi^{-1}(1 - eta/2) times row_space_deviation.
double row_space_quantile(double deviation, double sigma, double eta);

/// sum_j v_j sigma_z^2 ||M^{-1} D||_F^2: the expected squared error of a fresh sample over all neurons; v_j is
/// `variance` times steps[j]^2 (1/12 nearest, 1/6 stochastic), `second_moment` is sigma_z^2. Dead
/// columns of X are left out: there nothing tells q from w.
double fresh_prediction(const PathGrowth& growth, const Vector& steps, double variance, double second_moment);

}  // namespace pathquant
