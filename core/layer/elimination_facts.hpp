// What error feedback leaves behind of one layer, for the theoretical lines (core/feedback/elimination.hpp).
//
//   symbol  shape  meaning
//   H       N x N  Xq^T Xq + lambda I, features as they are visited
//   d_t            distance of the column [Xq_t; sqrt(lambda) e_t] from the span of the later ones: H = M^T M with M
//                  lower triangular, d_t = M_tt
//   W~      N x P  the weights that are followed: W, or W moved towards the damped least-squares solution W*
//
// Sums are over the live features: those whose column of Xq is not 0.
#pragma once

#include <memory>
#include <vector>

#include "core/types.hpp"

namespace pathquant {

struct EliminationFacts {
  double damping = 0;         ///< lambda over the mean of the live ||Xq_t||^2, as it was used
  double lambda = 0;          ///< >= 0
  double sum_squares = 0;     ///< sum_t d_t^2
  double largest_square = 0;  ///< max_t d_t^2
  double sum_logs = 0;        ///< sum_t log d_t^2
  double live = 0;            ///< number of live features
  /// W~ minimises ||XW - XqV||_F^2 + lambda ||V - W||_F^2 over V: X == Xq, or W~ = W*.
  bool starts_at_minimum = true;
  double shift_energy = 0;      ///< ||W~ - W||_F^2
  double weight_error = 0;      ///< ||W - Q||_F^2
  double deviation_energy = 0;  ///< ||W~ - Q||_F^2
  double first_square = 0;      ///< d_t^2 of the feature that is visited first
  double first_misses = 0;      ///< sum_j (w~_tj - q_tj)^2 of that feature
  double first_shift = 0;       ///< sum_j (w~_tj - c_tj)^2 of that feature, c its argument: Qronos decides from another
};

/// H factored: M, from which facts about error feedback are computed after the layer was quantized.
struct EliminationFactor {
  /// The Cholesky factor of H with both orders turned round: element (N-1-s, N-1-t), s <= t, is M_ts. Below it only.
  std::shared_ptr<const Matrix<double>> reversed;
  std::vector<bool> dead;  ///< features in the order of their visit whose column of Xq is 0
};

}  // namespace pathquant
