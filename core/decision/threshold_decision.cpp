#include "core/decision/threshold_decision.hpp"

namespace pathquant {
namespace {

template <class S>
kernels::LevelRange<S> with_threshold(const Alphabet& alphabet, double threshold) {
  kernels::LevelRange<S> range = Levels<S>(alphabet).range();
  range.threshold = static_cast<S>(threshold);
  return range;
}

}  // namespace

template <class S>
SoftDecision<S>::SoftDecision(const Alphabet& alphabet, double threshold)
    : steps_(alphabet), range_(with_threshold<S>(alphabet, threshold)) {}

template <class S>
std::int64_t SoftDecision<S>::decide_some(Index feature, Index first, Index count, const S* c, S* q, S* margin) const {
  return kernels::active_levels<S>().soft(range_, count, c, steps_.steps(feature) + first, q, margin);
}

template <class S>
HardDecision<S>::HardDecision(const Alphabet& alphabet, double threshold)
    : steps_(alphabet), range_(with_threshold<S>(alphabet, threshold)) {}

template <class S>
std::int64_t HardDecision<S>::decide_some(Index feature, Index first, Index count, const S* c, S* q, S* margin) const {
  return kernels::active_levels<S>().hard(range_, count, c, steps_.steps(feature) + first, q, margin);
}

template <class S>
std::optional<LevelRule<S>> SoftDecision<S>::levels() const {
  if (steps_.grouped()) return std::nullopt;
  return LevelRule<S>{LevelRule<S>::Kind::soft, range_, steps_.steps(0)};
}

template <class S>
std::optional<LevelRule<S>> HardDecision<S>::levels() const {
  if (steps_.grouped()) return std::nullopt;
  return LevelRule<S>{LevelRule<S>::Kind::hard, range_, steps_.steps(0)};
}

template class SoftDecision<float>;
template class SoftDecision<double>;
template class HardDecision<float>;
template class HardDecision<double>;

}  // namespace pathquant
