// Levels of an alphabet in units of the step, and the rounding of a real number z = c/step to them.
//
//   symbol  meaning
//   h       0 (mid-tread) or 1/2 (mid-rise): levels are k + h with lowest <= k <= highest
//   v_i     the levels of a list, ascending
//
// nearest     k = floor(z - h + 1/2), or ceil(z - h - 1/2) where ties go to the lower level; then clipped
// stochastic  f = floor(z - h), k = f + goes_up(z - h - f, draw), so the mean is z where nothing clips; then clipped.
//             list: v_i <= z < v_{i+1} goes up with probability (z - v_i)/(v_{i+1} - v_i)
//
// neighbours  floor(z - h) and ceil(z - h), one level where z is one; list: v_i <= z < v_{i+1}; beyond the last level
//             that one alone, and it counts as clipped
//
// With equispaced levels, nearest and stochastic decisions count as clipped when the infinite alphabet would give a
// level beyond the last one. A list has no infinite form. There a nearest decision counts as clipped when z is more
// than half the last gap beyond the last value, and a stochastic one when z is beyond the last value, because the error
// is then larger than inside.
//
// This is the reference form, one number at a time. core/kernels/level_kernels.hpp decides many numbers at once for
// equispaced levels.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "core/alphabet/alphabet.hpp"
#include "core/kernels/level_kernels.hpp"
#include "core/random/bernoulli.hpp"

namespace pathquant {

template <class S>
class Levels {
 public:
  explicit Levels(const Alphabet& alphabet)
      : ties_to_lower_(alphabet.ties_to_lower), h_(alphabet.kind == AlphabetKind::midrise ? S(0.5) : S(0)) {
    if (alphabet.kind == AlphabetKind::list) {
      for (const double v : alphabet.values) values_.push_back(static_cast<S>(v));
      for (std::size_t i = 0; i + 1 < values_.size(); ++i) midpoints_.push_back((values_[i] + values_[i + 1]) / 2);
      lowest_ = values_.front() - (midpoints_.front() - values_.front());
      highest_ = values_.back() + (values_.back() - midpoints_.back());
    } else if (alphabet.half_levels) {
      lowest_ = -static_cast<S>(*alphabet.half_levels);
      highest_ = static_cast<S>(*alphabet.half_levels) - 2 * h_;
    }
  }

  S nearest(S z, std::int64_t& clipped) const {
    if (!values_.empty()) return nearest_listed(z, clipped);
    // z + 1/2 is not formed, because it would round for large z and just below 1/2. The fractional part is exact.
    const S below = std::floor(z - h_);
    const S fraction = z - h_ - below;
    const bool up = ties_to_lower_ ? fraction > S(0.5) : fraction >= S(0.5);
    return clip(up ? below + 1 : below, clipped) + h_;
  }

  S stochastic(S z, kernels::Draw<S> draw, std::int64_t& clipped) const {
    if (!values_.empty()) return stochastic_listed(z, draw, clipped);
    const S below = std::floor(z - h_);
    return clip(goes_up(z - h_ - below, draw) ? below + 1 : below, clipped) + h_;
  }

  struct Neighbours {
    S below;
    S above;
  };
  Neighbours neighbours(S z, std::int64_t& clipped) const {
    if (!values_.empty()) return listed_neighbours(z, clipped);
    const S below = std::floor(z - h_), above = std::ceil(z - h_);
    clipped += below < lowest_ || above > highest_ ? 1 : 0;
    return {std::clamp(below, lowest_, highest_) + h_, std::clamp(above, lowest_, highest_) + h_};
  }

  bool listed() const { return !values_.empty(); }
  /// The range of equispaced levels, for the kernels.
  kernels::LevelRange<S> range() const { return {h_, lowest_, highest_, ties_to_lower_}; }

  /// For a list: the distance from z to the nearest number that is rounded, or counted as clipped, differently.
  S margin(S z) const {
    S nearest = std::min(std::abs(z - lowest_), std::abs(z - highest_));
    for (const S midpoint : midpoints_) nearest = std::min(nearest, std::abs(z - midpoint));
    return nearest;
  }
  /// The same margin for a random decision with this draw.
  S margin(S z, double draw) const {
    S nearest = std::min(std::abs(z - values_.front()), std::abs(z - values_.back()));
    for (std::size_t i = 0; i + 1 < values_.size(); ++i)
      nearest = std::min(nearest, std::abs(z - (values_[i] + static_cast<S>(draw) * (values_[i + 1] - values_[i]))));
    return nearest;
  }

 private:
  // k stays in floating point, because an infinite alphabet's k may exceed every integer type. A NaN is passed on, to
  // appear in the record.
  S clip(S k, std::int64_t& clipped) const {
    clipped += k < lowest_ || k > highest_ ? 1 : 0;
    return std::clamp(k, lowest_, highest_);
  }

  S nearest_listed(S z, std::int64_t& clipped) const {
    if (std::isnan(z)) return z;
    const auto above = ties_to_lower_ ? std::lower_bound(midpoints_.begin(), midpoints_.end(), z)
                                      : std::upper_bound(midpoints_.begin(), midpoints_.end(), z);
    clipped += (ties_to_lower_ ? z <= lowest_ || z > highest_ : z < lowest_ || z >= highest_) ? 1 : 0;
    return values_[static_cast<std::size_t>(above - midpoints_.begin())];
  }

  S stochastic_listed(S z, kernels::Draw<S> draw, std::int64_t& clipped) const {
    if (std::isnan(z)) return z;
    if (z < values_.front() || z > values_.back()) ++clipped;
    if (z <= values_.front()) return values_.front();
    if (z >= values_.back()) return values_.back();
    const auto above = std::upper_bound(values_.begin(), values_.end(), z);
    const S below = *(above - 1);
    return goes_up((z - below) / (*above - below), draw) ? *above : below;
  }

  Neighbours listed_neighbours(S z, std::int64_t& clipped) const {
    clipped += z < values_.front() || z > values_.back() ? 1 : 0;
    const auto above = std::lower_bound(values_.begin(), values_.end(), z);
    if (above == values_.end()) return {values_.back(), values_.back()};
    return {above == values_.begin() || *above == z ? *above : *(above - 1), *above};
  }

  bool ties_to_lower_;
  S h_;
  // Range of k; for a list, the limits beyond which decisions clip.
  S lowest_ = -std::numeric_limits<S>::infinity();
  S highest_ = std::numeric_limits<S>::infinity();
  std::vector<S> values_;  // empty: not a list
  std::vector<S> midpoints_;
};

/// Steps and zero points of all neurons in the precision of the arithmetic. With groups there is one row for each group
/// of features.
template <class S>
class BlockSteps {
 public:
  explicit BlockSteps(const Alphabet& alphabet)
      : group_(alphabet.group),
        steps_(alphabet.group > 0 ? RowMatrix<S>(alphabet.group_steps.cast<S>())
                                  : RowMatrix<S>(alphabet.steps.cast<S>().transpose())),
        zeros_(alphabet.zeros.cast<S>()) {}

  /// The steps of all neurons at this feature.
  const S* steps(Index feature) const { return steps_.row(row(feature)).data(); }
  /// The zero points of all neurons at this feature; null where all are 0.
  const S* zeros(Index feature) const { return zeros_.size() == 0 ? nullptr : zeros_.row(row(feature)).data(); }
  bool grouped() const { return group_ > 0; }

 private:
  Index row(Index feature) const { return group_ > 0 ? feature / group_ : 0; }

  Index group_;
  RowMatrix<S> steps_;
  RowMatrix<S> zeros_;
};

}  // namespace pathquant
