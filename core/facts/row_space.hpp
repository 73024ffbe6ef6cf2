// The error on fresh points of the row space of X, where X == Xq.
//
//   symbol   shape   meaning
//   X^+      N x m   pseudo-inverse of X
//   z_j      N       X^+ X h_j with h_j ~ N(0, I_N): standard normal on the row space of X, one for every neuron
//   u_j      m       X(w_j - q_j), the error on the calibration data
//
// z_j is independent of X's rounding: given X, w_j and q_j, z_j^T(w_j - q_j) = h_j^T X^+ u_j is N(0, ||X^+ u_j||^2)
// exactly, and independent over j. With X = U_s diag(s) V^T this is z = V g with g ~ N(0, I) and the deviation
// ||diag(1/s) U_s^T u||. Says nothing of a z with a part outside the row space, which X does not see.
//
// A complete orthogonal decomposition of X, one vector after the other: see core/quantizers/perfect_alignment.hpp.
// Source: theory, T1.2; cf. Lybrand & Saab 2020, arXiv 2010.15979.
#pragma once

#include "core/execution.hpp"
#include "core/random/stream.hpp"
#include "core/types.hpp"

namespace pathquant {

struct RowSpaceError {
  double largest = 0;  ///< max_j |z_j^T(w_j - q_j)|
  Vector deviations;   ///< ||X^+ u_j|| for every neuron
};

/// `difference` is W - Q (N x P). Position j of row t of the stream is entry t of h_j. Multiply-adds: 2 m N min(m, N) +
/// 8 m N P, to leading order. Throws Stopped when `execution` says so.
RowSpaceError row_space_error(const Matrix<double>& inputs, const RowMatrix<double>& difference, const Stream& stream,
                              const ExecutionContext& execution);
double row_space_cost(LayerShape shape);

}  // namespace pathquant
