// List of all levels of a finite alphabet, for tests that decide by exhaustive search.
#pragma once

#include <cmath>
#include <vector>

#include "core/alphabet/alphabet.hpp"

namespace pathquant::zoo {

/// In units of the step, ascending.
inline std::vector<double> level_list(const Alphabet& alphabet) {
  if (alphabet.kind == AlphabetKind::list) return alphabet.values;
  std::vector<double> levels;
  const auto half = static_cast<double>(alphabet.half_levels.value());
  const bool midrise = alphabet.kind == AlphabetKind::midrise;
  for (double k = -half; midrise ? k < half : k <= half; ++k) levels.push_back(midrise ? k + 0.5 : k);
  return levels;
}

/// The nearest of them to z; of two equally near ones the upper, or the lower where the alphabet says so.
inline double nearest_level(const Alphabet& alphabet, double z) {
  const std::vector<double> levels = level_list(alphabet);
  double best = levels.front();
  for (const double level : levels)
    if (alphabet.ties_to_lower ? std::abs(z - level) < std::abs(z - best) : std::abs(z - level) <= std::abs(z - best))
      best = level;
  return best;
}

}  // namespace pathquant::zoo
