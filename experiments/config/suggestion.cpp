#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <tuple>

#include "experiments/config/node.hpp"

namespace pathquant {
namespace {

/// Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, replacements and transpositions of
/// neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string suggestion(std::string_view wrong, const std::vector<std::string>& candidates) {
  const std::size_t limit = std::max<std::size_t>(1, wrong.size() / 3);
  const std::string* nearest = nullptr;
  std::tuple<std::size_t, std::size_t> best;  // distance ignoring case, then with case
  for (const std::string& candidate : candidates) {
    const std::size_t shorter = std::min(wrong.size(), candidate.size());
    // Skip names of very different length, because a key may be as long as the file.
    if (candidate == wrong || std::max(wrong.size(), candidate.size()) - shorter > limit) continue;
    const std::size_t apart = distance(boost::to_lower_copy(std::string(wrong)), boost::to_lower_copy(candidate));
    // As many changes as characters would make any short name similar to any other.
    if (apart > limit || apart >= shorter) continue;
    const std::tuple rank(apart, distance(wrong, candidate));
    if (nearest != nullptr && rank >= best) continue;
    nearest = &candidate;
    best = rank;
  }
  return nearest == nullptr ? "" : fmt::format(" (did you mean '{}'?)", *nearest);
}

}  // namespace pathquant
