// Published search for the first scale of ls2 and lst, reproduced for comparison with the published results.
//
//   symbol  shape  meaning
//   x       n      one row
//   s              skip: the search uses every s-th weight
//   a       n'     sorted |x_0|, |x_s|, |x_2s|, ..; m_j and u_j the means of a_0 .. a_j and of a_{j+1} .. a_{n'-1}
//
// v_1 is one of the a_j, not the optimum between them. Candidates for lst are the a_j with 0 < j < n' - 1 and
// a_j <= u_j/2 <= a_{j+1}, for ls2 those with a_j <= (m_j + u_j)/2 <= a_{j+1}. For lst, half the mean is a candidate
// too where a_0 exceeds it. The candidate with the least error over the a_j becomes v_1. Then v_2 = mean ||x| - v_1|
// over all of x (ls2) or v_2 = v_1 (lst). The published code pads its table of candidates with zeros, so v_1 = 0 is a
// further candidate of each row that has fewer candidates than another row. It stops where no row has a candidate. So
// the result of a row depends on the other rows.
//
// Source: apple/ml-quant (arXiv 2001.02786), described in our own words. Exact optimum:
// core/sign_planes/least_squares.hpp.
#pragma once

#include <vector>

#include "core/sign_planes/plane_scales.hpp"

namespace pathquant {

struct PublishedSearch {
  bool ternary = false;  ///< lst, otherwise ls2
  std::size_t skip = 3;  ///< s >= 1

  /// The candidates in the order in which they are tried, without the zero.
  template <class S>
  std::vector<S> candidates(std::span<const S> x) const;
  /// The scales for the best of these candidates. Requires at least one candidate.
  template <class S>
  PlaneScales<S> choose(std::span<const S> x, const std::vector<S>& candidates) const;
};

}  // namespace pathquant
