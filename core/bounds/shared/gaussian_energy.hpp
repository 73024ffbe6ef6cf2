// A lower bound on ||XW||_F^2 for Gaussian weights.
//
//   symbol   meaning
//   W        N x P, entries independent N(0, 1) and independent of X
//   s_i^2    eigenvalues of X X^T
//
// ||XW||_F^2 = sum_i s_i^2 chi_i with chi_i independent chi^2_P, so E exp(-theta ||XW||_F^2) = prod_i (1 + 2 theta
// s_i^2)^{-P/2}, and by Markov ||XW||_F^2 is below
//   y = max_{theta > 0} (P/2 sum_i log(1 + 2 theta s_i^2) - t)/theta
// with probability at most e^{-t}: every theta fixed by X alone will do, so the search for the best one affects how
// tight the bound is, never its truth. y > 0 always.
//
// Source: theory, S9 (Chernoff); there P = 1.
#pragma once

#include "core/types.hpp"

namespace pathquant {

/// y. `spectrum` must have a positive entry and none below 0 but by rounding; t > 0.
double least_gaussian_energy(const Vector& spectrum, Index neurons, double t);

}  // namespace pathquant
