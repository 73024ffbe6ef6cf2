// How many bits a weight a scheme spends above the limit, for the same error.
//
//   symbol   shape   meaning
//   H        N x N   X^T X, positive definite
//   d_t^2            squared distance of column t to the span of the later ones; prod d_t^2 = det H
//   S                sum of v_t v_t^T of path following (theory, F1 and F2)
//
// Entropy-coded levels k delta at high rate (delta -> 0, smooth density of w) leave delta^2/12 times an energy e_t for
// each weight, and take h(w) - log2 delta bits. The limit leaves (prod d_t^2)^{1/N} for each, so the gap is
//   (1/2) log2( mean e_t/(prod d_t^2)^{1/N} ) + (1/2) log2(2 pi e/12)
// with e_t = H_tt for rounding alone (msq), tr S/N for path following (gpfq), d_t^2 for successive rounding (optq).
// Steps proportional to 1/d_t make all e_t equal: the second term alone, 0.2546 bits, is left (watersic).
//
// Source: theory, L4; for gpfq: derived from 0.2 and F2; cf. arXiv 2603.04956.
#pragma once

#include "core/types.hpp"

namespace pathquant {

/// In bits a weight.
struct RateGaps {
  double msq = 0;
  double gpfq = 0;
  double optq = 0;
  double watersic = 0;
};

/// Throws std::invalid_argument where H is not square or not positive definite.
RateGaps high_rate_gaps(const Matrix<double>& gram);

/// rate - B/N with B the bits that a Gaussian vector with these variances (sigma^2 l_i, l_i the N eigenvalues of H)
/// needs for this error: how much a measured (rate, error) lies above the limit.
double bits_above_limit(const Vector& variances, double rate, double error);

}  // namespace pathquant
