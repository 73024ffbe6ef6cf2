// The finite and infinite sets of values that a quantized weight may take.
//
//   symbol  meaning
//   step    delta > 0, the distance of neighbouring levels; one per neuron
//   K       half the number of levels, for the uniform kinds below; absent: all integers k
//   v_i     the values of a list, in units of the step
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
  Vector steps;                             ///< P entries, all > 0
  std::optional<std::int64_t> half_levels;  ///< K >= 1; absent: infinite (mid-tread and mid-rise only)
  AlphabetKind kind = AlphabetKind::midtread;
  std::vector<double> values = {};  ///< list only: ascending, at least two, in units of the step
  bool ties_to_lower = false;       ///< halfway between two levels: the lower one (otherwise the upper)

  /// 2K + 1, 2K or the length of the list; absent when infinite.
  std::optional<std::int64_t> levels() const;
  /// The largest magnitude of a level of this neuron: K delta, (K - 1/2) delta or delta max |v_i|; +infinity when
  /// infinite.
  double largest(Index neuron) const;
};

/// The size of the smallest alphabet of this kind that has all these values (N x P), which must be levels of this one:
/// 2K + 1 or 2K for the least K >= 1. Absent for a list, and beyond 1e15.
std::optional<std::int64_t> levels_used(const Alphabet& alphabet, const RowMatrix<double>& values);

/// The largest magnitude of a level in units of the step; +infinity when infinite. An alphabet's radius over this is
/// its step.
double largest_in_steps(AlphabetKind kind, std::optional<std::int64_t> half_levels, const std::vector<double>& values);

}  // namespace pathquant
