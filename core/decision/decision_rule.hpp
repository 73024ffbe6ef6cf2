// Decision rule: interface that maps the arguments of one input feature to levels, neuron by neuron. One virtual call
// decides a row of neurons. So each rule has its own loop over the neurons, and path following knows no rule.
//
//   symbol  meaning
//   c_j     argument: the real value of the weight that leaves no error along Xq_t
//   q_j     decision; xi_j = c_j - q_j is the rounding error
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/alphabet/alphabet.hpp"
#include "core/decision/levels.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

/// A rule of equispaced levels in data form, for kernels that implement it themselves.
template <class S>
struct LevelRule {
  enum class Kind { nearest, soft, hard, stochastic };
  Kind kind = Kind::nearest;
  kernels::LevelRange<S> range;
  const S* steps = nullptr;       ///< of every neuron
  const Stream* draws = nullptr;  ///< stochastic: row t, position j belongs to neuron j at feature t

  /// Selects the kernel for this rule from a table with one kernel for each kind.
  template <class Kernels>
  auto kernel_of(const Kernels& kernels) const {
    switch (kind) {
      case Kind::nearest:
        return kernels.nearest;
      case Kind::soft:
        return kernels.soft;
      case Kind::hard:
        return kernels.hard;
      case Kind::stochastic:
        break;
    }
    return kernels.stochastic;
  }
};

template <class S>
class DecisionRule {
 public:
  virtual ~DecisionRule() = default;

  /// Decides q[j] for c[j], j < neurons, at input feature `feature`. Returns the number of clipped decisions.
  std::int64_t decide(Index feature, Index neurons, const S* c, S* q) const {
    return decide_some(feature, 0, neurons, c, q, nullptr);
  }

  /// The same for neurons first .. first+count-1 of the layer: c[i], q[i] belong to neuron first + i. Where `margin` is
  /// not null (double precision only), margin[i] is set to a lower bound of the distance from c[i] to the nearest
  /// argument that is decided or counted otherwise, up to the rounding of c[i]. 0 is always valid but slow.
  virtual std::int64_t decide_some(Index feature, Index first, Index count, const S* c, S* q, S* margin) const = 0;

  /// This rule in terms of equispaced levels, if it is one. The result refers to this object.
  virtual std::optional<LevelRule<S>> levels() const { return std::nullopt; }
};

/// No rounding: q = c. With it the recurrence is one pass of data alignment.
template <class S>
class ExactDecision final : public DecisionRule<S> {
 public:
  std::int64_t decide_some(Index feature, Index first, Index count, const S* c, S* q, S* margin) const override;
};

/// Nearest level; mid-tread: q = step clip(floor(c/step + 1/2), -K, K). A list with zero points z has levels
/// step (v - z).
template <class S>
class NearestDecision final : public DecisionRule<S> {
 public:
  explicit NearestDecision(const Alphabet& alphabet);
  std::int64_t decide_some(Index feature, Index first, Index count, const S* c, S* q, S* margin) const override;
  std::optional<LevelRule<S>> levels() const override;

 private:
  BlockSteps<S> steps_;
  Levels<S> levels_;
};

/// Stochastic rounding: one of the two neighbouring levels, with mean c where nothing clips. Mid-tread: with z = c/step
/// and f = floor(z), q = step clip(f + goes_up(z - f, draw), -K, K). Clipping follows rounding. Neuron j at feature t
/// draws position j of row t of the stream: a word in single precision, a uniform number in double precision.
template <class S>
class StochasticDecision final : public DecisionRule<S> {
 public:
  StochasticDecision(const Alphabet& alphabet, Stream decisions);
  std::int64_t decide_some(Index feature, Index first, Index count, const S* c, S* q, S* margin) const override;
  std::optional<LevelRule<S>> levels() const override;

 private:
  BlockSteps<S> steps_;
  Levels<S> levels_;
  Stream decisions_;
};

}  // namespace pathquant
