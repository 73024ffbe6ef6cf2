// The tail behind T2.1: ||u_N||^2 of one neuron by its exponential moment, in units of rho^2 r^2 or rho^2 sigma^2.
//
//   symbol  meaning
//   m       samples; s^2 = 1/m, the mean of cos^2 between X_t and u_{t-1}
//   a_t     ||u_t||^2 <= (1 - cos_t^2) a_{t-1} + ||X_t||^2 at rho = 1
//   x       log E e^{lambda ||X_t||^2}, or lambda r^2 where ||X_t|| <= r
//   E_t     E e^{lambda a_t}
//
// By convexity E exp(lambda (1 - cos^2) a) <= s^2 + (1 - s^2) e^{lambda a}, so E_t <= e^x (s^2 + (1 - s^2) E_{t-1}),
// whose fixed point s^2 e^x/(1 - e^x (1 - s^2)) is at least E_0 = 1. Markov:
//   a_N <= (1/lambda) log( s^2 e^x / ((1 - e^x (1 - s^2)) eta) )
// with probability 1 - eta, for every 0 < x < -log(1 - s^2) fixed in advance. With e^{-x} = 1 - q s^2, 0 < q < 1, the
// fixed point is 1/(1 - q). The search for a good q affects how tight the bound is, never its truth; as a ratio of a
// convex function of lambda and lambda it has one minimum.
//
// Source: theory, T2.1 and its Gaussian version; cf. Zhang, Zhou & Saab 2022, arXiv 2201.11113.
#pragma once

#include "core/types.hpp"

namespace pathquant {

/// ||X_t|| <= 1: lambda = x. At m = 1 nothing is kept, and the value is 1 whatever eta is.
double bounded_exponential_bound(Index samples, double eta);

/// X_t ~ N(0, I_m), cos_t^2 independent of ||X_t||^2: e^x = (1 - 2 lambda)^{-m/2}.
double gaussian_exponential_bound(Index samples, double eta);

}  // namespace pathquant
