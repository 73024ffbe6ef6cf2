// Which decisions two orders of summation might take differently. In double precision such an argument is computed
// again in the plain order; in single precision it is left, for there it would be too many.
//
//   symbol   meaning
//   eps      2^-53
//   reach_j  ||u|| at the start and the norms of all that was added to it since: no partial sum of the state of neuron
//   j
//            is longer
//   T        terms of the longest chain beside the samples that either side adds up
//
// An inner product <Xq_t, u> from any order of the additions is off by (m + T) eps ||Xq_t|| reach_j at the most, and so
// is each factor of a Gram form; three such parts, both sides of the comparison, and the roundings of the division,
// or of the product with an inverse, and of the sum make (3 m + 2 T + 64) eps reach_j / ||Xq_t|| + 8 eps |c_t|.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/aligned_buffer.hpp"
#include "core/kernels/solve_kernels.hpp"
#include "core/types.hpp"

namespace pathquant {

template <class S>
class Recheck;

template <>
class Recheck<double> {
 public:
  /// For the neurons of `span` (a multiple of 32 bytes of them); `terms` is T.
  Recheck(Index span, Index terms)
      : terms_(terms), reach_(static_cast<std::size_t>(span)), margins_(static_cast<std::size_t>(span)) {
    std::fill(reach_.begin(), reach_.end(), 0.0);
    std::fill(margins_.begin(), margins_.end(), std::numeric_limits<double>::infinity());
  }

  /// Starts from the states u, strip by strip of m x R.
  void start(Index samples, Index strip_width, Index strips, const double* u) {
    for (Index strip = 0; strip < strips; ++strip)
      for (Index j = 0; j < strip_width; ++j) {
        double sum = 0;
        for (Index i = 0; i < samples; ++i) {
          const double entry = u[(strip * samples + i) * strip_width + j];
          sum += entry * entry;
        }
        reach_[static_cast<std::size_t>(strip * strip_width + j)] = std::sqrt(sum) * (1 + 1e-6);
      }
  }

  /// Where the rule writes its margins.
  double* margins() { return margins_.data(); }

  /// Calls again(j) for every neuron whose argument is too near to a change of its decision.
  template <class Again>
  void each_near(Index samples, double norm, Index neurons, const double* c, Again&& again) const {
    constexpr double eps = 0x1p-53;
    const double scale = static_cast<double>(3 * samples + 2 * terms_ + 64) * eps / norm;
    const auto& kernels = kernels::active_solvers<double>();
    if (!kernels.near(static_cast<Index>(reach_.size()), margins_.data(), scale, reach_.data(), 8 * eps, c)) return;
    for (Index j = 0; j < neurons; ++j) {
      const auto at = static_cast<std::size_t>(j);
      if (margins_[at] <= scale * reach_[at] + 8 * eps * std::abs(c[j])) again(j);
    }
  }

  /// `norm` |d_j| was added to the state of neuron j.
  void extend(double norm, const double* d) {
    kernels::active_solvers<double>().extend(static_cast<Index>(reach_.size()), norm, d, reach_.data());
  }

 private:
  Index terms_;
  AlignedBuffer<double> reach_;
  AlignedBuffer<double> margins_;
};

template <>
class Recheck<float> {
 public:
  Recheck(Index /*span*/, Index /*terms*/) {}
  void start(Index /*samples*/, Index /*strip_width*/, Index /*strips*/, const float* /*u*/) {}
  float* margins() { return nullptr; }
  template <class Again>
  void each_near(Index /*samples*/, float /*norm*/, Index /*neurons*/, const float* /*c*/, Again&& /*again*/) const {}
  void extend(float /*norm*/, const float* /*d*/) {}
};

}  // namespace pathquant
