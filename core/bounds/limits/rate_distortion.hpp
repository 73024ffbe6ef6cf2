// The least mean squared error that any description in so many bits leaves, and its inverse, for a Gaussian vector:
// reverse water-filling.
//
//   symbol   meaning
//   s_i      variances of the independent Gaussian parts of the vector
//   B        bits that describe it
//   D        E||x - x_hat||^2
//   theta    water level
//
//   B = sum_i (1/2) log2^+(s_i/theta),  D(B) = sum_i min(theta, s_i)
//
// No function of a description in B bits has less (Cover & Thomas 10.3.3). With the k largest s_i above the water,
// log theta = (sum_{i<=k} log s_i - 2 B log 2)/k; the right k is the one with s_{k+1} <= theta < s_k. Parts whose s_i
// is 0, up to rounding, need no bits and leave no error.
//
// Source: theory, L1.
#pragma once

#include "core/types.hpp"

namespace pathquant {

/// D(B). B >= 0; variances below 0 by rounding count as 0.
double least_error(const Vector& variances, double bits);

/// B for an error D > 0: 0 where D is at least the sum of the variances.
double least_bits(const Vector& variances, double error);

/// How many variances are above 0 beyond rounding.
Index live_parts(const Vector& variances);

}  // namespace pathquant
