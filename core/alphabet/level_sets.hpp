// Sets of levels that hardware multiplies by cheaply, in units of the step: values of a list alphabet
// (core/alphabet/alphabet.hpp).
//
//   symbol  meaning
//   e       exponents 0 .. E - 1
//   n       digits: how many powers of two are added or subtracted
//
//   integers       lowest .. highest, 0 among them or not: asymmetric grids have lowest != -highest
//   powers of two  0 and +-2^e
//   n-hot          sums of at most n of +-2^e with different e: a product by one takes as many shifts as it has digits
//   add-only       n-hot with one sign for all digits of a level
//
// Sources: n-hot: arXiv 2103.11704 (the grid is derived here from what its abstract says); fewest digits: the
// non-adjacent form, Reitwiesner 1960.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace pathquant {

/// lowest .. highest. Throws std::invalid_argument unless lowest < highest and there are at most 2^16 of them.
std::vector<double> integer_levels(std::int64_t lowest, std::int64_t highest);

/// Ascending. 1 <= exponents <= 30. Throws std::invalid_argument otherwise.
std::vector<double> power_of_two_levels(int exponents);

/// Ascending; n = 1 are the powers of two. 1 <= digits <= exponents <= 16. Throws std::invalid_argument otherwise.
std::vector<double> n_hot_levels(int digits, int exponents, bool add_only = false);

/// The least number of powers +-2^e, e < exponents, that sum to this integer; absent where none do. The shifts that a
/// product by it takes. 1 <= exponents <= 62.
std::optional<int> least_digits(std::int64_t integer, int exponents);

/// An asymmetric grid from `least` to `greatest` in 2^bits levels: step (k - zero), k = 0 .. 2^bits - 1, with an
/// integer zero so that 0 is a level; the range is widened to hold 0.
struct AsymmetricGrid {
  double step = 0;        ///< 0 where least = greatest = 0
  std::int64_t zero = 0;  ///< 0 <= zero < 2^bits
  std::int64_t levels = 0;
};
/// 1 <= bits <= 16, least <= greatest, both finite. Throws std::invalid_argument otherwise.
AsymmetricGrid asymmetric_grid(double least, double greatest, int bits);

}  // namespace pathquant
