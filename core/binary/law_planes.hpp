// What scaled binary approximations come to for many numbers of a known law.
//
//   symbol  meaning
//   p       density of the law, symmetric, of variance 1
//   v_p, D  scales in standard deviations, and the mean squared error relative to the variance
//
// ls1  v_1 = E|x|, D = 1 - v_1^2
// gf   v_p = E|r_{p-1}|, D = 1 - sum v_p^2: r_p = x - q is x less a constant between the places where a sign
//      changes, so E|r_p| is a sum of moments over these intervals
// ls2  the best symmetric quantizer of four levels, v_1 = (l + u)/2, v_2 = (u - l)/2 (core/alphabet/law_levels.hpp);
//      for log-concave laws no other one of four levels is better
// lst  that of three levels, 2v the one above 0
//
// A vector of n numbers of the law has less: its scales are fitted to these n.
//
// Source: theory, section 4.2; Pouransari, Tu & Tuzel 2020, arXiv 2001.02786.
#pragma once

#include <cstddef>
#include <vector>

#include "core/laws/scalar_law.hpp"

namespace pathquant {

struct LawPlanes {
  std::vector<double> scales;
  double error = 0;  ///< D
};

LawPlanes ls1(const ScalarLaw& law);
LawPlanes ls2(const ScalarLaw& law);
LawPlanes lst(const ScalarLaw& law);
/// 1 <= planes <= most_planes (core/binary/plane_scales.hpp).
LawPlanes gf(const ScalarLaw& law, std::size_t planes);

}  // namespace pathquant
