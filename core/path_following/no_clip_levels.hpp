// S8: how many levels make sure that SPFQ never clips.
//
//   symbol  meaning
//   N, P    width, neurons
//   delta_j step of neuron j
//   W~      the weights that are rounded: aligned ones where X != Xq, W where X == Xq
//   g_t     (Xq_t^T S_{t-1} Xq_t)^{1/2} / ||Xq_t||^2: core/path_following/path_growth.hpp
//   eta     failure probability, over all steps and neurons
//
// Given Xq and W~, <Xq_t, u~_{t-1}> is sub-Gaussian with proxy delta_j^2/4 Xq_t^T S_{t-1} Xq_t (S0), so for all t and j
// at once
//   |c_tj| <= |w~_tj| + delta_j/2 max_t g_t sqrt(2 log(2 N P/eta))
// with probability 1 - eta, in the run with the infinite alphabet. Stochastic rounding takes one of the two neighbours
// of c, so an alphabet whose extreme level is not below this never clips, and then both runs are the same.
// S_{t-1} <= max_{s<t} ||Xq_s||^2 I (F3) gives g_t <= max_{s<t} ||Xq_s|| / ||Xq_t||, which needs the norms only.
//
// It is a count of levels, no error bound: any line may be drawn for such a run, its failure probability added to eta.
// K may depend on Xq and W, for what is said of an unclipped run is said of that with the infinite alphabet, which
// knows no K: {something clips, or the infinite run violates a line} has at most the sum of the two probabilities.
// NeuronSlice 1 to 1.5 bits more than runs need. Draws must be independent of X, Xq and W.
//
// Source: theory, S8; cf. the log log N bits of Zhang & Saab 2023, arXiv 2309.10975.
#pragma once

#include <cstdint>
#include <vector>

#include "core/alphabet/alphabet.hpp"
#include "core/types.hpp"

namespace pathquant {

/// max_t max_{s<t} ||Xq_s|| / ||Xq_t|| over the columns that are not dead (0 in `squared_norms`): at least max_t g_t.
double growth_by_norms(const std::vector<double>& squared_norms);

/// K for the largest |w~| and the step of every neuron, from `growth` = max_t g_t or a bound on it: the least K with
/// K (mid-tread) or K - 1/2 (mid-rise) not below max_j max_t |w~_tj|/delta_j + growth/2 sqrt(2 log(2 N P/eta)); at
/// least 1. 0 < eta < 1. Throws std::invalid_argument for a list, and std::domain_error when K would exceed 1e15.
std::int64_t spfq_no_clip_half_levels(const Vector& largest_weights, const Vector& steps, double growth, Index width,
                                      double eta, AlphabetKind kind = AlphabetKind::midtread);

}  // namespace pathquant
