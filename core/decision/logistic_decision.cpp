#include "core/decision/logistic_decision.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/random/elementary.hpp"

namespace pathquant {
namespace {

// v is a multiple of 2^-53; 0 becomes 2^-54, so that both logarithms are finite.
double logistic(double v) {
  return natural_log(std::max(v, 0x1p-54)) - natural_log(1 - v);
}

}  // namespace

template <class S>
LogisticDecision<S>::LogisticDecision(const Alphabet& alphabet, double sigma, Stream decisions)
    : scales_(sigma * alphabet.steps), nearest_(alphabet), decisions_(decisions) {}

template <class S>
std::int64_t LogisticDecision<S>::decide_some(Index feature, Index first, Index count, const S* c, S* q,
                                              S* margin) const {
  constexpr Index batch = 128;
  std::array<double, batch> draws;
  std::array<S, batch> moved;
  std::int64_t clipped = 0;
  for (Index start = 0; start < count; start += batch) {
    const Index part = std::min(batch, count - start);
    S* margins = margin == nullptr ? nullptr : margin + start;
    decisions_.uniforms(feature, first + start, part, draws.data());
    for (Index j = 0; j < part; ++j)
      moved[j] = static_cast<S>(static_cast<double>(c[start + j]) + scales_[first + start + j] * logistic(draws[j]));
    clipped += nearest_.decide_some(feature, first + start, part, moved.data(), q + start, margins);
    if (margins == nullptr) continue;
    // The sum has a rounding error of up to half a unit of its last digit.
    for (Index j = 0; j < part; ++j)
      margins[j] = std::max(S(0), margins[j] - std::numeric_limits<S>::epsilon() * std::abs(moved[j]));
  }
  return clipped;
}

template class LogisticDecision<float>;
template class LogisticDecision<double>;

}  // namespace pathquant
