// Level sets for cheap multiplication in hardware, in units of the step: values of list alphabets
// (core/alphabet/alphabet.hpp).
//
//   symbol  meaning
//   e       exponents 0 .. E - 1
//   n       digits: how many powers of two are added or subtracted
//
//   integers       lowest .. highest, with or without 0; asymmetric grids have lowest != -highest
//   powers of two  0 and +-2^e
//   n-hot          sums of at most n of +-2^e with different e: a product by one takes as many shifts as it has digits
//   add-only       n-hot with one sign for all digits of a level
//
// Sources: n-hot: arXiv 2103.11704 (grid derived from its abstract); fewest digits: the non-adjacent form, Reitwiesner
// 1960.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace pathquant {

/// lowest .. highest. Throws std::invalid_argument unless lowest < highest and there are at most 2^16 of them.
std::vector<double> integer_levels(std::int64_t lowest, std::int64_t highest);

/// 0 and +-2^e, ascending. Throws std::invalid_argument unless 1 <= exponents <= 30.
std::vector<double> power_of_two_levels(int exponents);

/// n-hot levels, ascending; n = 1 gives the powers of two. Throws std::invalid_argument unless
/// 1 <= digits <= exponents <= 16.
std::vector<double> n_hot_levels(int digits, int exponents, bool add_only = false);

/// The least number of powers +-2^e, e < exponents, that sum to this integer: the number of shifts of a product by it.
/// Absent where no sum equals it. 1 <= exponents <= 62.
std::optional<int> least_digits(std::int64_t integer, int exponents);

/// Asymmetric grid from `least` to `greatest` in 2^bits levels: step (k - zero), k = 0 .. 2^bits - 1. `zero` is an
/// integer, so that 0 is a level. The range is widened to contain 0.
struct AsymmetricGrid {
  double step = 0;        ///< 0 where least = greatest = 0
  std::int64_t zero = 0;  ///< 0 <= zero < 2^bits
  std::int64_t levels = 0;
};
/// Throws std::invalid_argument unless 1 <= bits <= 16 and least <= greatest, both finite.
AsymmetricGrid asymmetric_grid(double least, double greatest, int bits);

}  // namespace pathquant
