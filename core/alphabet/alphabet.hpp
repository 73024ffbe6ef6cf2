// The finite and infinite sets of values that a quantized weight may take.
//
//   symbol  meaning
//   step    delta > 0, the distance of neighbouring levels; one per neuron
//   K       half the number of levels, for the uniform kinds below; absent: all integers k
//   v_i     the values of a list, in units of the step
//   g       input features of a group that shares its step; the last group of a neuron may have fewer
//   z       zero point, whole for integer grids: where there are any, the levels of a list are delta (v_i - z)
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/types.hpp"

namespace pathquant {

enum class AlphabetKind {
  midtread,  ///< k delta, |k| <= K: 2K + 1 levels, zero among them
  midrise,   ///< (k + 1/2) delta, -K <= k < K: 2K levels, no zero
  list,      ///< delta times given values
};

/// The alphabet of one layer; for neuron j with delta = steps[j].
struct Alphabet {
  Vector steps;                             ///< P entries, all > 0; with groups: the largest of each neuron
  std::optional<std::int64_t> half_levels;  ///< K >= 1; absent: infinite (mid-tread and mid-rise only)
  AlphabetKind kind = AlphabetKind::midtread;
  std::vector<double> values = {};     ///< list only: ascending, at least two, in units of the step
  bool ties_to_lower = false;          ///< halfway between two levels: the lower one (otherwise the upper)
  Index group = 0;                     ///< g; 0: a neuron has one step
  RowMatrix<double> group_steps = {};  ///< groups x P, the steps where there are groups; otherwise empty
  RowMatrix<double> zeros = {};        ///< list only: groups x P, or 1 x P without groups; empty: 0
  std::int64_t listed = 0;             ///< numbers beside steps and zero points that were chosen by looking at W

  /// Of this weight.
  double step(Index feature, Index neuron) const {
    return group > 0 ? group_steps(feature / group, neuron) : steps(neuron);
  }
  double zero(Index feature, Index neuron) const {
    return zeros.size() == 0 ? 0 : zeros(group > 0 ? feature / group : 0, neuron);
  }
  /// How many numbers tell the alphabet: steps, of which equal ones are one, zero points and listed ones.
  std::int64_t stored_numbers() const;
  /// 2K + 1, 2K or the length of the list; absent when infinite.
  std::optional<std::int64_t> levels() const;
  /// The largest magnitude of a level of this neuron: K delta, (K - 1/2) delta or, with zero points at 0, delta max
  /// |v_i|; +infinity when infinite.
  double largest(Index neuron) const;
};

/// The same levels for features in another order: feature i of the result is order[i] of this alphabet.
Alphabet arranged(const Alphabet& alphabet, const std::vector<Index>& order);

/// The size of the smallest alphabet of this kind that has all these values (N x P), which must be levels of this one:
/// 2K + 1 or 2K for the least K >= 1. Absent for a list, with groups, and beyond 1e15.
std::optional<std::int64_t> levels_used(const Alphabet& alphabet, const RowMatrix<double>& values);

/// The largest magnitude of a level in units of the step; +infinity when infinite. An alphabet's radius over this is
/// its step.
double largest_in_steps(AlphabetKind kind, std::optional<std::int64_t> half_levels, const std::vector<double>& values);

}  // namespace pathquant
