// How the arguments of one input feature become levels, neuron by neuron. One virtual call for a row of neurons, so the
// loop over the neurons stays in one place per rule and the recurrence knows no rule.
//
//   symbol  meaning
//   c_j     argument: the real number that would leave no error along Xq_t
//   q_j     decision; xi_j = c_j - q_j is the rounding error
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/alphabet/alphabet.hpp"
#include "core/decision/levels.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

/// A rule that decides by equispaced levels, for kernels that do so themselves.
template <class S>
struct LevelRule {
  enum class Kind { nearest, soft, hard, stochastic };
  Kind kind = Kind::nearest;
  kernels::LevelRange<S> range;
  const S* steps = nullptr;       ///< of every neuron
  const Stream* draws = nullptr;  ///< stochastic: row t, position j belongs to neuron j at feature t

  /// Of a table with a kernel for each kind, the one for this.
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

  /// q[j] for c[j], j < neurons, at input feature `feature`. Returns how many decisions were clipped.
  std::int64_t decide(Index feature, Index neurons, const S* c, S* q) const {
    return decide_some(feature, 0, neurons, c, q, nullptr);
  }

  /// The same for neurons first .. first+count-1 of the layer: c[i], q[i] belong to neuron first + i. Where `margin` is
  /// not null (double precision only), margin[i] becomes a number not above the distance from c[i] to the nearest
  /// argument that is decided or counted otherwise, up to the rounding of c[i]; 0 is always right, and costs time.
  virtual std::int64_t decide_some(Index feature, Index first, Index count, const S* c, S* q, S* margin) const = 0;

  /// The same rule in terms of levels, where it is one; it refers to this object.
  virtual std::optional<LevelRule<S>> levels() const { return std::nullopt; }
};

/// q = c: no rounding. With it the recurrence is one pass of data alignment.
template <class S>
class ExactDecision final : public DecisionRule<S> {
 public:
  std::int64_t decide_some(Index feature, Index first, Index count, const S* c, S* q, S* margin) const override;
};

/// The nearest level; mid-tread: q = step clip(floor(c/step + 1/2), -K, K). A list with zero points z has levels
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

/// One of the two neighbouring levels, with mean c where nothing clips; mid-tread: with z = c/step and f = floor(z),
/// q = step clip(f + goes_up(z - f, draw), -K, K). The clipping comes after the rounding. Neuron j at feature t draws
/// position j of row t of the stream: a word in single, a uniform number in double precision.
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
