#include "core/decision/pruned_decision.hpp"

#include <algorithm>
#include <cmath>

#include "core/decision/draws.hpp"

namespace pathquant {

template <class S>
PrunedDecision<S>::PrunedDecision(const Alphabet& alphabet, std::int64_t theta_in_steps, Stream decisions)
    : above_(alphabet, decisions), decisions_(decisions) {
  for (const double step : alphabet.steps) thresholds_.push_back(static_cast<S>(step) * static_cast<S>(theta_in_steps));
}

template <class S>
std::int64_t PrunedDecision<S>::decide_some(Index feature, Index first, Index count, const S* c, S* q,
                                            S* margin) const {
  const std::int64_t clipped = above_.decide_some(feature, first, count, c, q, nullptr);
  std::vector<kernels::Draw<S>> draws(static_cast<std::size_t>(count));
  draw(decisions_, feature, first, count, draws.data());
  for (Index j = 0; j < count; ++j) {
    const S threshold = thresholds_[static_cast<std::size_t>(first + j)];
    if (!(std::abs(c[j]) < threshold)) continue;
    q[j] =
        goes_up(std::abs(c[j]) / threshold, draws[static_cast<std::size_t>(j)]) ? std::copysign(threshold, c[j]) : S(0);
  }
  if (margin != nullptr) std::fill_n(margin, count, S(0));
  return clipped;
}

template class PrunedDecision<float>;
template class PrunedDecision<double>;

}  // namespace pathquant
