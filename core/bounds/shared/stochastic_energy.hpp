// The tail of SPFQ's rounding error, for all neurons at once: what S2, S7 and S9 share.
//
//   symbol       meaning
//   delta_j      step of neuron j
//   S            sum_t v_t v_t^T, v_t = P_N ... P_{t+1} Xq_t
//   tr, tr2, op  sum_j delta_j^2/4 tr S;  sum_j (delta_j^2/4)^2 tr S^2;  max_j delta_j^2/4 ||S||_op
//
// Given the past, xi_t has mean 0 on an interval of length delta_j: by Hoeffding's lemma u~_j is sub-Gaussian with
// proxy delta_j^2/4 S. The neurons are independent given Xq, so the stack of all has the block-diagonal proxy, with the
// traces and norm above; the tail of a quadratic form of a sub-Gaussian vector is that of Hsu, Kakade and Zhang. No
// union over the neurons.
#pragma once

#include <cmath>

#include "core/bounds/shared/rounding_error.hpp"

namespace pathquant {

/// ||U~||_F^2 exceeds it with probability at most e^{-t}. facts.statistics.path must be there.
inline double stochastic_energy(const LayerFacts& facts, double t) {
  const Eigen::ArrayXd proxies = rounding_intervals(facts.alphabet).array().square() / 4.0;
  const PathCovariance& path = *facts.statistics.path;
  return proxies.sum() * path.trace + 2.0 * std::sqrt(proxies.square().sum() * path.trace_square * t) +
         2.0 * proxies.maxCoeff() * path.norm * t;
}

}  // namespace pathquant
