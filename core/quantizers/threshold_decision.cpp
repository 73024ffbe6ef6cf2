#include "core/quantizers/threshold_decision.hpp"

#include <cmath>

namespace pathquant {
namespace {

// sign(c) max(|c| - lambda, 0); a NaN stays one.
template <class S>
S shrunk(S c, S threshold) {
  if (c > threshold) return c - threshold;
  if (c < -threshold) return c + threshold;
  return std::isnan(c) ? c : S(0);
}

}  // namespace

template <class S>
SoftDecision<S>::SoftDecision(const Alphabet& alphabet, double threshold)
    : steps_(steps_as<S>(alphabet)), levels_(alphabet), threshold_(static_cast<S>(threshold)) {}

template <class S>
std::int64_t SoftDecision<S>::decide(Index /*feature*/, Index neurons, const S* c, S* q) const {
  std::int64_t clipped = 0;
  for (Index j = 0; j < neurons; ++j) {
    const S step = steps_[static_cast<std::size_t>(j)];
    q[j] = step * levels_.nearest(shrunk(c[j], threshold_) / step, clipped);
  }
  return clipped;
}

template <class S>
HardDecision<S>::HardDecision(const Alphabet& alphabet, double threshold)
    : steps_(steps_as<S>(alphabet)), levels_(alphabet), threshold_(static_cast<S>(threshold)) {}

template <class S>
std::int64_t HardDecision<S>::decide(Index /*feature*/, Index neurons, const S* c, S* q) const {
  std::int64_t clipped = 0;
  for (Index j = 0; j < neurons; ++j) {
    const S step = steps_[static_cast<std::size_t>(j)];
    const S beyond = shrunk(c[j], threshold_);
    const S size = threshold_ + step * std::abs(levels_.nearest(beyond / step, clipped));
    q[j] = beyond == 0 ? S(0) : std::copysign(size, beyond);
  }
  return clipped;
}

template class SoftDecision<float>;
template class SoftDecision<double>;
template class HardDecision<float>;
template class HardDecision<double>;

}  // namespace pathquant
