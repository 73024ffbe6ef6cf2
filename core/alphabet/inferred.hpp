// The alphabet of weights that someone else has quantized: read off their values.
//
//   symbol  meaning
//   g       the largest number of which every value is a whole multiple, up to the rounding of single precision
//
// All multiples odd: mid-rise of step 2g; otherwise mid-tread of step g; K is the least that has all values. First one
// g is looked for that serves the whole layer, then one for every neuron, then the different values are a list. A g of
// which the largest value is more than 2^16 multiples does not count: some 65536 levels are the most.
#pragma once

#include "core/alphabet/alphabet.hpp"

namespace pathquant {

/// `values` is Q (N x P), all finite. What Q does not use cannot be seen, so this is the smallest alphabet that has all
/// of it. Throws std::domain_error when Q has no such g and more than 65536 different values.
Alphabet inferred_alphabet(const RowMatrix<double>& values);

}  // namespace pathquant
