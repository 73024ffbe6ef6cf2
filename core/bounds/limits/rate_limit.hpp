// The least mean error energy of a layer at its rate, whatever the quantizer.
//
//   symbol   meaning
//   R        bits a weight takes, log2(levels) + 32 scales / weights
//   l_i, r   eigenvalues above 0 of X^T X, and their number
//   sigma^2  variance of a weight; n its entropy power over sigma^2, 1 for Gaussian weights
//   D_s(B)   least error of a Gaussian vector with variances s in B bits (core/bounds/limits/rate_distortion.hpp)
//
//   E||X(W - Q)||_F^2 >= P D_s(N R + (r/2) log2(1/n)),  s_i = sigma^2 l_i
//
// The neurons are one source: P vectors Xw of r dimensions in N P R bits. B bits tell at least h(Xw) - h(Xw | Q) about
// one. h(Xw) is at least that of a Gaussian vector with variances n s_i (entropy power inequality for linear maps,
// Zamir & Feder 1993; equality for n = 1), h(Xw | Q) at most sum (1/2) log(2 pi e d_i) with d_i <= s_i the mean squared
// errors along the eigenvectors, and the sum of the d_i is least under both. At high rate, where all parts are above
// the water, that is r n sigma^2 (prod l_i)^{1/r} 2^{-2NR/r}. The mean of W is known to both sides and costs nothing.
//
// Where N > m the r <= m directions of the calibration data get N R/r bits each, and D falls as 2^{-2NR/r}: true, and
// empty.
//
// Source: theory, L1 to L3.
#pragma once

#include "core/bounds/shared/bound.hpp"

namespace pathquant {

/// The right-hand side, or the hypothesis that fails. Needs facts.statistics.path.
BoundValue rate_limit(const LayerFacts& facts);
/// facts.bits_per_weight less the least rate with this error energy, where rate_limit() has a value (L4).
double bits_above_limit(const LayerFacts& facts, double error_energy);

namespace wording {
inline constexpr const char* rate_limit_hypotheses =
    "X == Xq, any X that does not look at W; finitely many levels; N <= m, and X of at least N/2 directions; at most "
    "16 bits a weight. The rate counts 32 bits for each step or scale, whether W chose it or not; levels counted or "
    "listed by looking at W would have to be added. A mean over W of this law: one trial, or trained weights, may lie "
    "below it, and so may fresh data.";
}  // namespace wording

}  // namespace pathquant
