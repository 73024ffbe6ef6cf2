// What a rounding error of error feedback does to the outputs, with what the later weights undo of it.
//
//   symbol  shape   meaning
//   H       N x N   Xq^T Xq + lambda I = M^T M, features as they are visited (core/layer/elimination_facts.hpp)
//   d_t             M_tt
//   T       N x N   M^{-1} diag(d): W~ - Q = T xi for the rounding errors xi. T_tt = 1,
//                   T_{>t,t} = -H_{>t,>t}^{-1} H_{>t,t}
//
//   ||Xq T e_t||^2 = d_t^2 - lambda ||T e_t||^2,   for T^T H T = diag(d^2)
//
// so uncorrelated rounding errors of variance v_j leave E||Xq(W~ - Q)||_F^2 = sum_j v_j ||Xq T||_F^2. Nothing of Q enters.
//
// Source: theory, 0.2; O1.
#pragma once

#include "core/layer/elimination_facts.hpp"

namespace pathquant {

struct FeedbackTransfer {
  double energy = 0;  ///< ||Xq T||_F^2, over the live features
  double first = 0;   ///< ||Xq T e_t||^2 of the feature that is visited first
};

/// N^3 / 6 multiply-adds where lambda > 0. `factor` has its matrix.
FeedbackTransfer feedback_transfer(const EliminationFactor& factor, const EliminationFacts& facts);

}  // namespace pathquant
