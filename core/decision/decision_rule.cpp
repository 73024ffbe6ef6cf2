#include "core/decision/decision_rule.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/decision/draws.hpp"

namespace pathquant {
namespace {

// Bound of the rounding error of adding a zero point.
template <class S>
S rounding_at(S zero) {
  return std::abs(zero) * std::numeric_limits<S>::epsilon();
}

}  // namespace

template <class S>
std::int64_t ExactDecision<S>::decide_some(Index /*feature*/, Index /*first*/, Index count, const S* c, S* q,
                                           S* margin) const {
  std::copy_n(c, count, q);
  if (margin != nullptr) std::fill_n(margin, count, std::numeric_limits<S>::infinity());
  return 0;
}

template <class S>
NearestDecision<S>::NearestDecision(const Alphabet& alphabet) : steps_(alphabet), levels_(alphabet) {}

template <class S>
std::int64_t NearestDecision<S>::decide_some(Index feature, Index first, Index count, const S* c, S* q,
                                             S* margin) const {
  const S* steps = steps_.steps(feature) + first;
  if (!levels_.listed()) return kernels::active_levels<S>().nearest(levels_.range(), count, c, steps, q, margin);
  const S* zeros = steps_.zeros(feature);
  std::int64_t clipped = 0;
  for (Index j = 0; j < count; ++j) {
    const S zero = zeros == nullptr ? 0 : zeros[first + j];
    const S z = c[j] / steps[j] + zero;
    q[j] = steps[j] * (levels_.nearest(z, clipped) - zero);
    if (margin != nullptr) margin[j] = steps[j] * (levels_.margin(z) - rounding_at(zero));
  }
  return clipped;
}

template <class S>
StochasticDecision<S>::StochasticDecision(const Alphabet& alphabet, Stream decisions)
    : steps_(alphabet), levels_(alphabet), decisions_(decisions) {}

template <class S>
std::int64_t StochasticDecision<S>::decide_some(Index feature, Index first, Index count, const S* c, S* q,
                                                S* margin) const {
  constexpr Index batch = 128;
  std::array<kernels::Draw<S>, batch> draws;
  const S* steps = steps_.steps(feature) + first;
  const S* zeros = steps_.zeros(feature);
  std::int64_t clipped = 0;
  for (Index start = 0; start < count; start += batch) {
    const Index part = std::min(batch, count - start);
    draw(decisions_, feature, first + start, part, draws.data());
    if (!levels_.listed()) {
      clipped += kernels::active_levels<S>().stochastic(levels_.range(), part, c + start, steps + start, draws.data(),
                                                        q + start, margin == nullptr ? nullptr : margin + start);
      continue;
    }
    for (Index j = start; j < start + part; ++j) {
      const auto drawn = draws[static_cast<std::size_t>(j - start)];
      const S zero = zeros == nullptr ? 0 : zeros[first + j];
      const S z = c[j] / steps[j] + zero;
      q[j] = steps[j] * (levels_.stochastic(z, drawn, clipped) - zero);
      if (margin != nullptr) margin[j] = steps[j] * (levels_.margin(z, drawn) - rounding_at(zero));
    }
  }
  return clipped;
}

template <class S>
std::optional<LevelRule<S>> NearestDecision<S>::levels() const {
  if (levels_.listed() || steps_.grouped()) return std::nullopt;
  return LevelRule<S>{LevelRule<S>::Kind::nearest, levels_.range(), steps_.steps(0)};
}

template <class S>
std::optional<LevelRule<S>> StochasticDecision<S>::levels() const {
  if (levels_.listed() || steps_.grouped()) return std::nullopt;
  return LevelRule<S>{LevelRule<S>::Kind::stochastic, levels_.range(), steps_.steps(0), &decisions_};
}

template class ExactDecision<float>;
template class ExactDecision<double>;
template class NearestDecision<float>;
template class NearestDecision<double>;
template class StochasticDecision<float>;
template class StochasticDecision<double>;

}  // namespace pathquant
