#include "core/bounds/shared/rounding_error.hpp"

#include <algorithm>
#include <stdexcept>

namespace pathquant {
namespace {

double largest_gap(const Alphabet& alphabet) {
  if (alphabet.kind != AlphabetKind::list) return 1;
  double gap = 0;
  for (std::size_t i = 1; i < alphabet.values.size(); ++i)
    gap = std::max(gap, alphabet.values[i] - alphabet.values[i - 1]);
  return gap;
}

}  // namespace

Failure bounded_rounding(const LayerFacts& facts) {
  const Rounding rounding = facts.quantizer.rounding;
  if (rounding == Rounding::stochastic || rounding == Rounding::logistic)
    return NotApplicable{"decisions are random, and this is about nearest levels"};
  if (rounding == Rounding::hard && facts.alphabet.kind != AlphabetKind::midtread)
    return NotApplicable{"hard thresholding is only understood with the levels 0 and +-(threshold + k step)"};
  return {};
}

Vector largest_rounding_errors(const LayerFacts& facts) {
  const Vector half_gaps = rounding_intervals(facts.alphabet) / 2.0;
  const double threshold = facts.quantizer.threshold;
  switch (facts.quantizer.rounding) {
    case Rounding::nearest:
      return half_gaps;
    case Rounding::soft:
      return half_gaps.array() + threshold;
    case Rounding::hard:
      return half_gaps.cwiseMax(threshold);
    case Rounding::stochastic:
    case Rounding::logistic:
      break;
  }
  throw std::logic_error("no largest rounding error is known for this rounding");
}

Vector rounding_intervals(const Alphabet& alphabet) {
  return largest_gap(alphabet) * alphabet.steps;
}

double squared_rounding_errors(const LayerFacts& facts) {
  return largest_rounding_errors(facts).squaredNorm();
}

}  // namespace pathquant
