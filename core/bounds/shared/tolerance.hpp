// Relative rounding error of what a bound is compared with: an attained bound may be exceeded by so much.
//
//   symbol   meaning
//   m, N     samples, width
//   unit     relative rounding error of the arithmetic that made Q (facts.unit)
//   delta_j  step of neuron j
//
// An argument c is a chain of m products and N updates of the state, each rounded, and carries the rounding of
// |c| / delta_j on top of an error of at most a step:
//
//   tolerance = max(1e-12, unit (4 (m + N) + 16)) + 8 unit max_j max_t |w_tj| / delta_j
//
// Where a value is a difference of terms, each of them is right to this tolerance, so the difference is right to
//
//   tolerance times (sum of the sizes of the terms) / value
//
// Source: derived from the standard model of floating-point arithmetic.
#pragma once

#include "core/bounds/shared/bound.hpp"

namespace pathquant {

double rounding_tolerance(const LayerFacts& facts);
/// Of this value of the bound.
double rounding_tolerance(const BoundEntry& bound, const LayerFacts& facts, double value);

}  // namespace pathquant
