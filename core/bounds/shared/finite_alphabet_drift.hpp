// The drift bound behind T1.6: ||u_N|| of one neuron with a finite alphabet, in units of sigma and of the step (sigma =
// delta = 1).
//
//   symbol   meaning
//   m        samples
//   eps      (q_max - max_t |w_t|)/delta > 0, the distance to the extreme level
//   V0       level above which the norm drifts down;  lambda  rate of the exponential tail
//   n, c     ||X_t||^2 ~ chi^2_m and the cosine between X_t and u_{t-1}, c^2 ~ Beta(1/2, (m-1)/2), independent
//   theta    lambda/(4 V0), kept at most 1/2
//   gamma    E exp(lambda (n/(8 V0) - min(V0 c^2, eps sqrt(n) |c|)/2))
//   Lc       E exp(lambda n/(8 V0)) = (1 - theta)^{-m/2}
//
// If gamma < 1:  P(||u_N|| >= V0 + s) <= Lc/(1 - gamma) e^{-lambda s} for every N. Any such (V0, lambda) is valid, so
// the search for a good one affects how tight the bound is, never its truth.
//
// gamma by quadrature: under the weight e^{theta n/2} n is chi^2_m/(1 - theta) up to the factor Lc, so
//   gamma = Lc E exp(-(lambda/2) min(V0 c^2, eps r |c|)),  r = chi_m/sqrt(1 - theta),
// where nothing grows and a truncated range loses what its weight is (a rule in the original variables loses half of
// gamma as theta -> 1). The minimum has its kink at |c| = eps r/V0. With c = sin(phi) and r = (V0/eps) sin(psi) the
// kink is at phi = psi and both pieces are analytic in phi and psi: Gauss-Legendre in both; beyond r = V0/eps the first
// argument is the minimum for all c.
#pragma once

#include "core/types.hpp"

namespace pathquant {

struct DriftPoint {
  double level = 0;  ///< V0
  double rate = 0;   ///< lambda
};

/// log gamma to 1e-10 absolute where Lc <= e^10; +infinity (never admitted) where theta > 1/2 or Lc > e^10. samples >=
/// 1, eps > 0.
double log_drift_factor(Index samples, double eps, DriftPoint point);

/// The smallest V0 + s found with failure probability eta; +infinity when no drift is found. A pure function; about 5
/// ms.
double finite_alphabet_bound(Index samples, double eps, double eta);

}  // namespace pathquant
