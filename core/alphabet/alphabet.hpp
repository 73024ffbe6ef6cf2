// Alphabet of a layer: the finite or infinite set of levels that a quantized weight may take.
//
//   symbol  meaning
//   step    delta > 0, the distance of neighbouring levels; one per neuron
//   K       half the number of levels, for the uniform kinds below; absent: all integers k
//   v_i     the values of a list, in units of the step
//   g       input features of a group that shares its step; the last group of a neuron may have fewer
//   z       zero point, an integer for integer grids: the levels of a list with zero points are delta (v_i - z)
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

/// The alphabet of one layer. Neuron j has delta = steps[j].
struct Alphabet {
  Vector steps;                             ///< P entries, all > 0; with groups: the largest of each neuron
  std::optional<std::int64_t> half_levels;  ///< K >= 1; absent: infinite (mid-tread and mid-rise only)
  AlphabetKind kind = AlphabetKind::midtread;
  std::vector<double> values = {};     ///< list only: ascending, at least two, in units of the step
  bool ties_to_lower = false;          ///< ties between two levels go to the lower one (otherwise to the upper)
  Index group = 0;                     ///< g; 0: a neuron has one step
  RowMatrix<double> group_steps = {};  ///< groups x P, the steps of all groups; empty without groups
  RowMatrix<double> zeros = {};        ///< list only: groups x P, or 1 x P without groups; empty: 0
  std::int64_t listed = 0;             ///< further numbers fitted to W, besides steps and zero points

  /// The step of this weight.
  double step(Index feature, Index neuron) const {
    return group > 0 ? group_steps(feature / group, neuron) : steps(neuron);
  }
  double zero(Index feature, Index neuron) const {
    return zeros.size() == 0 ? 0 : zeros(group > 0 ? feature / group : 0, neuron);
  }
  /// How many numbers describe the alphabet: steps (equal ones count once), zero points and `listed`.
  std::int64_t stored_numbers() const;
  /// Number of levels: 2K + 1, 2K or the length of the list; absent when infinite.
  std::optional<std::int64_t> levels() const;
  /// The largest magnitude of a level of this neuron: K delta, (K - 1/2) delta or, for a list with zero points at 0,
  /// delta max |v_i|. +infinity for an infinite alphabet.
  double largest(Index neuron) const;
};

/// The alphabet for permuted features: feature i of the result is feature order[i] of `alphabet`.
Alphabet arranged(const Alphabet& alphabet, const std::vector<Index>& order);

/// Number of levels of the smallest alphabet of this kind that contains all these values (N x P): 2K + 1 or 2K for the
/// least K >= 1. The values must be levels of `alphabet`. Absent for a list, with groups, and beyond 1e15.
std::optional<std::int64_t> levels_used(const Alphabet& alphabet, const RowMatrix<double>& values);

/// The largest magnitude of a level in units of the step; +infinity for an infinite alphabet. The step is the
/// alphabet's radius divided by this number.
double largest_in_steps(AlphabetKind kind, std::optional<std::int64_t> half_levels, const std::vector<double>& values);

}  // namespace pathquant
