// Nested grids of 2, 4, 8 and 16 bits: each grid refines the one before, so that one set of codes serves every
// precision.
//
//   symbol  meaning
//   a       range: the largest level is a, and |x| <= a is quantized without clipping
//   s_b     step of b bits, 2a/(2^b - 1): s_2 = 2a/3, s_4 = s_2/5, s_8 = s_4/17, s_16 = s_8/257
//   k_b     code of the part that b bits add: x_2 = s_2 k_2, x_2b = x_b + s_2b k_2b with k_2b the integer nearest to
//           (x - x_b)/s_2b
//
// The ratios of the steps are odd, so a cell border of one grid is a cell border of every finer grid. Therefore x_b is
// the level of b bits nearest to x. Codes take 3, 5, 17 and 257 integer values. The grids have 3, 15, 255 and 65535
// levels, k s_b with |k| <= 2^{b-1} - 1.
//
// Source: van Baalen et al. 2020, Bayesian Bits, arXiv 2005.07093 (the grid alone; no gates, no training).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace pathquant {

class NestedGrid {
 public:
  static constexpr std::array<int, 4> bits = {2, 4, 8, 16};
  /// Codes k_2, k_4, k_8 and k_16.
  using Codes = std::array<std::int32_t, 4>;

  /// Throws std::invalid_argument unless range > 0 and finite.
  explicit NestedGrid(double range);

  double range() const { return range_; }
  /// The step of bits[stage].
  double step(std::size_t stage) const;
  /// The odd number of steps of this stage in one step of the stage before. For the first stage: 3 steps make 2a.
  static std::int64_t ratio(std::size_t stage);
  Codes codes(double x) const;
  /// x_b with b = bits[stage], from the codes up to this stage: k s_b, rounded once.
  double value(const Codes& codes, std::size_t stage) const;

 private:
  double range_;
};

}  // namespace pathquant
