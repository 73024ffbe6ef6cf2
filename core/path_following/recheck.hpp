// Which decisions two orders of summation might take differently. In double precision such an argument is computed
// again in the reference order. In single precision the first decision is kept, because too many would be affected.
//
//   symbol   meaning
//   eps      2^-53
//   reach_j  ||u|| at the start and the norms of all that was added since: no partial sum of neuron j's state is longer
//   T        terms of the longest chain beside the samples that either side adds up
//
// Along Xq_t, a decision adds ||Xq_t|| |e_t|. A weight adds to the state, where X != Xq, ||X_t|| |v_t| (e_t = -d_t; the
// argument at t has it already), and in the Gram form, where e_t = v_t - d_t, besides ||Xq_t|| |v_t|, so that
// ||Xq_t|| |d_t| and ||X_t - Xq_t|| |v_t| are in it.
//
// An inner product <Xq_t, u> from any order of the additions is off by (m + T) eps ||Xq_t|| reach_j at the most, and so
// is each factor of a Gram form; three such parts, both sides of the comparison, and the roundings of the division,
// or of the product with an inverse, and of the sum make (3 m + 2 T + 64) eps reach_j / ||Xq_t|| + 8 eps |c_t|.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "core/kernels/blocked_kernels.hpp"
#include "core/kernels/solve_kernels.hpp"
#include "core/parallel/aligned_buffer.hpp"
#include "core/types.hpp"

namespace pathquant {

template <class S>
class Recheck;

template <>
class Recheck<double> {
 public:
  /// For the neurons of `span` (a multiple of 32 bytes of them); `terms` is T.
  Recheck(Index span, Index samples, Index terms)
      : factor_(static_cast<double>(3 * samples + 2 * terms + 64) * 0x1p-53), reach_(static_cast<std::size_t>(span)) {
    std::fill(reach_.begin(), reach_.end(), 0.0);
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

  /// Of a block with these squared norms of Xq_t, and what a weight adds for each unit, for the kernel, which extends
  /// reach_j. It holds as long as the arguments do and until the next call.
  template <class PerFeature>
  void describe(const PerFeature& squared_norms, const std::optional<PerFeature>& weight_reach,
                kernels::BlockProblem<double>& problem) {
    for (std::size_t t = 0; t < squared_norms.size(); ++t) {
      norms_[t] = std::sqrt(squared_norms[t]);
      tolerances_[t] = norms_[t] > 0 ? factor_ / norms_[t] : 0;
    }
    problem.norms = norms_.data();
    problem.weight_reach = weight_reach ? weight_reach->data() : nullptr;
    problem.tolerances = tolerances_.data();
    problem.reach = reach_.data();
  }

 private:
  double factor_;
  AlignedBuffer<double> reach_;
  std::array<double, static_cast<std::size_t>(kernels::block_features)> norms_{};
  std::array<double, static_cast<std::size_t>(kernels::block_features)> tolerances_{};
};

template <>
class Recheck<float> {
 public:
  Recheck(Index /*span*/, Index /*samples*/, Index /*terms*/) {}
  void start(Index /*samples*/, Index /*strip_width*/, Index /*strips*/, const float* /*u*/) {}
  template <class PerFeature>
  void describe(const PerFeature& /*squared_norms*/, const std::optional<PerFeature>& /*weight_reach*/,
                kernels::BlockProblem<float>& /*problem*/) {}
};

}  // namespace pathquant
