// What the two forms of the SPFQ paper (S4, S5) share.
//
//   symbol   meaning
//   m, N, P  samples, width, neurons
//   p        > 0, free; the paper's failure probability is sqrt2 m P / N^p
//
// Every entry of U~ is below N(0, pi delta^2/2 kappa^2) in convex order, so E exp(u^2/(2 pi delta^2 kappa^2)) <= sqrt2;
// Markov at u^2 = 2 pi delta^2 kappa^2 p log N and a union over the mP entries. Here p is what makes the failure
// probability eta: p log N = log(sqrt2 m P/eta), so a larger N no longer enters. Departs from the paper, which fixes p.
#pragma once

#include <cmath>
#include <numbers>

#include "core/bounds/shared/hypotheses.hpp"

namespace pathquant {

inline Failure two_features(const LayerFacts& facts) {
  if (facts.shape.width >= 2) return {};
  return NotApplicable{"no p makes N^p large enough: the width is below 2"};
}

/// p log N
inline double paper_exponent(LayerShape shape, double eta) {
  const double entries = static_cast<double>(shape.samples) * static_cast<double>(shape.neurons);
  return std::log(std::numbers::sqrt2 * entries / eta);
}

}  // namespace pathquant
