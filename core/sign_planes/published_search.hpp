// The search for the first scale of ls2 and lst as a published code has it, for comparison with its results.
//
//   symbol  shape  meaning
//   x       n      one row
//   s              skip: every s-th weight decides
//   a       n'     sorted |x_0|, |x_s|, |x_2s|, ..; m_j and u_j the means of a_0 .. a_j and of a_{j+1} .. a_{n'-1}
//
// v_1 is one of the a_j, not the optimum between them: those with 0 < j < n' - 1 and a_j <= u_j/2 <= a_{j+1}, or, for
// ls2, a_j <= (m_j + u_j)/2 <= a_{j+1}; for lst, where a_0 is greater than half the mean, half the mean too. The one
// with the least error of the a_j is taken, and then v_2 = mean ||x| - v_1| over all of x (ls2) or v_2 = v_1 (lst). A
// row with fewer candidates than the one with the most may take v_1 = 0 besides, because that code fills its table up
// with zeros; where no row has a candidate it stops. So a row depends on the rows beside it.
//
// Source: apple/ml-quant (arXiv 2001.02786), described in our own words; the exact optimum:
// core/sign_planes/least_squares.hpp.
#pragma once

#include <vector>

#include "core/sign_planes/plane_scales.hpp"

namespace pathquant {

struct PublishedSearch {
  bool ternary = false;  ///< lst, otherwise ls2
  std::size_t skip = 3;  ///< s >= 1

  /// In the order in which they are tried, without the zero.
  template <class S>
  std::vector<S> candidates(std::span<const S> x) const;
  /// The scales with the best of these candidates; at least one.
  template <class S>
  PlaneScales<S> choose(std::span<const S> x, const std::vector<S>& candidates) const;
};

}  // namespace pathquant
