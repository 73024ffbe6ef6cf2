// Inferred alphabet: the alphabet of weights quantized by another program, recovered from their values.
//
//   symbol  meaning
//   g       the largest number of which every value is an integer multiple, up to the rounding of single precision
//
// If all multiples are odd, the alphabet is mid-rise with step 2g, otherwise mid-tread with step g. K is the least that
// contains all values. The search tries one g for the whole layer first and then one g for each neuron. If both fail,
// the alphabet is the list of the different values.
// A g of which the largest value is more than 2^15 multiples does not count, so a grid has at most 65537 levels.
#pragma once

#include "core/alphabet/alphabet.hpp"

namespace pathquant {

/// The smallest alphabet that contains all entries of Q = `values` (N x P, all finite); levels that Q does not use are
/// unknown. Throws std::domain_error when Q has no such g and more than 65536 different values.
Alphabet inferred_alphabet(const RowMatrix<double>& values);

}  // namespace pathquant
