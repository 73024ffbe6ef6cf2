// How far a decision may lie from its argument where nothing clips: rho_j for GPFQ's neuron j, an interval for SPFQ's.
//
//   symbol   meaning
//   delta_j  step of neuron j
//   lambda   threshold of soft and hard rounding
//   g        largest gap between neighbouring levels in units of the step: 1 for equispaced levels
//
//   nearest  |c - q| <= g delta_j/2
//   soft     q is the nearest level to c shrunk by at most lambda: lambda + g delta_j/2
//   stochastic  both levels that q may be lie within g delta_j of each other, c between them
//   hard     |c| <= lambda goes to 0, beyond that the levels are lambda + k delta_j: max(lambda, delta_j/2)
//
// A list of levels is covered like an equispaced alphabet: between its extreme levels no argument is farther than half
// the largest gap from a level, and beyond them one counts as clipped when it is farther than half the last gap away
// (nearest) or at all (stochastic). Nothing else about the alphabet enters the statements that use rho or the interval.
//
// Source: theory, 0 and T2.3; cf. Zhang, Zhou & Saab 2022, arXiv 2201.11113.
#pragma once

#include "core/bounds/shared/hypotheses.hpp"

namespace pathquant {

/// rho is known for this rounding and alphabet: not for stochastic rounding, nor for hard thresholding with other
/// levels than those above.
Failure bounded_rounding(const LayerFacts& facts);

/// rho of every neuron; bounded_rounding(facts) must hold.
Vector largest_rounding_errors(const LayerFacts& facts);

/// The length of the interval of neuron j on which a stochastic rounding error lies, g delta_j.
Vector rounding_intervals(const Alphabet& alphabet);

/// sum_j rho_j^2: the lift of a bound or mean that is rho_j^2 times a number common to all neurons. For a k-th moment
/// this is Minkowski's inequality in L_k, for exponential moments it is convexity, for means and deterministic bounds
/// it is the sum itself; independence is not used.
double squared_rounding_errors(const LayerFacts& facts);

}  // namespace pathquant
