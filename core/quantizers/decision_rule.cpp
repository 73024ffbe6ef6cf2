#include "core/quantizers/decision_rule.hpp"

#include <algorithm>
#include <array>

namespace pathquant {

template <class S>
std::int64_t ExactDecision<S>::decide(Index /*feature*/, Index neurons, const S* c, S* q) const {
  std::copy_n(c, neurons, q);
  return 0;
}

template <class S>
NearestDecision<S>::NearestDecision(const Alphabet& alphabet) : steps_(steps_as<S>(alphabet)), levels_(alphabet) {}

template <class S>
std::int64_t NearestDecision<S>::decide(Index /*feature*/, Index neurons, const S* c, S* q) const {
  std::int64_t clipped = 0;
  for (Index j = 0; j < neurons; ++j) {
    const S step = steps_[static_cast<std::size_t>(j)];
    q[j] = step * levels_.nearest(c[j] / step, clipped);
  }
  return clipped;
}

template <class S>
StochasticDecision<S>::StochasticDecision(const Alphabet& alphabet, Stream decisions)
    : steps_(steps_as<S>(alphabet)), levels_(alphabet), decisions_(decisions) {}

template <class S>
std::int64_t StochasticDecision<S>::decide(Index feature, Index neurons, const S* c, S* q) const {
  constexpr Index batch = 64;
  std::array<double, batch> draws;
  std::int64_t clipped = 0;
  for (Index first = 0; first < neurons; first += batch) {
    const Index count = std::min(batch, neurons - first);
    decisions_.uniforms(feature, first, count, draws.data());
    for (Index j = first; j < first + count; ++j) {
      const S step = steps_[static_cast<std::size_t>(j)];
      q[j] = step * levels_.stochastic(c[j] / step, draws[static_cast<std::size_t>(j - first)], clipped);
    }
  }
  return clipped;
}

template class ExactDecision<float>;
template class ExactDecision<double>;
template class NearestDecision<float>;
template class NearestDecision<double>;
template class StochasticDecision<float>;
template class StochasticDecision<double>;

}  // namespace pathquant
