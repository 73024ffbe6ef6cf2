// The contract of a quantizer: from a layer and its alphabet to Q. Metrics are not its business.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/alphabet/alphabet.hpp"
#include "core/binary/scaled_planes.hpp"
#include "core/feedback/elimination_facts.hpp"
#include "core/interrupt.hpp"
#include "core/problem.hpp"
#include "core/quantizers/feature_order.hpp"
#include "core/random/stream.hpp"
#include "core/registry.hpp"

namespace pathquant {

/// How one argument becomes a level; decides which theoretical lines speak about a quantizer.
enum class Rounding {
  nearest,
  soft,        ///< nearest after shrinking the argument by a threshold: level 0 takes all |c| < threshold + step/2
  hard,        ///< 0 within the threshold, otherwise threshold + k step: the levels are {0} and +-(threshold + k step)
  stochastic,  ///< one of the two neighbours, at random, without bias
};

/// What the theoretical lines need to know of a quantizer. The defaults promise nothing, so no line applies.
struct QuantizerTraits {
  bool uses_inputs = true;      ///< false: looks at the weights alone (memoryless), so it runs without X
  bool path_following = false;  ///< u_t = u_{t-1} + w_t X_t - q_t Xq_t with q_t decided from <Xq_t, u_{t-1} + w_t X_t>
  Rounding rounding = Rounding::nearest;
  double threshold = 0;                        ///< lambda of soft and hard rounding
  FeatureOrder order = FeatureOrder::natural;  ///< of the features t above
  bool random = false;                         ///< draws from the decision stream
  bool chooses_levels = false;                 ///< no_clip_half_levels() has an answer
  /// The weights are first aligned to Xq by so many passes of the recurrence without rounding, where X != Xq.
  std::optional<std::int64_t> alignment_passes = {};
  /// Finds its levels itself, as scales of sign planes: it has no alphabet, and what it is given is not looked at.
  bool own_levels = false;
  /// v_t = w~_t + sum_{s<t} M_ts (w~_s - q_s) / M_tt with H = M^T M, q_t decided from v_t: OPTQ's recurrence. What its
  /// lines need is in QuantizedLayer::elimination.
  bool error_feedback = false;
  bool first_projected = false;  ///< but for the first feature, whose argument is Qronos's
  /// C >= 1 of scaled stochastic path following, whose step towards the error is divided by it; absent: another method.
  std::optional<double> path_scale = {};
  std::int64_t pruned_steps = 0;  ///< of scaled path following: no level between 0 and so many steps is taken
};

/// How many values a weight may take; absent when infinite. A hard threshold adds -threshold and threshold to the
/// levels k step moved away from 0.
std::optional<std::int64_t> level_count(const Alphabet& alphabet, const QuantizerTraits& traits);

/// What comes back from quantizing one layer.
template <class S>
struct QuantizedLayer {
  RowMatrix<S> weights;      ///< Q, N x P
  std::int64_t clipped = 0;  ///< decisions beyond the last threshold, before clipping
  /// Uhat = XW - Xq W~ (m x P), what a data alignment left over; empty when there was none (then it is 0).
  RowMatrix<S> alignment_residual = {};
  const char* variant = "";  ///< the form of the algorithm that the layer's shape asked for, where there are several
  /// max_t |w~_tj| of the aligned weights W~, for every neuron; empty when there was no alignment (then W~ = W).
  Vector largest_aligned_weights = {};
  std::optional<ScaledPlanes<S>> planes = {};        ///< the levels, where the quantizer has found them itself
  std::optional<EliminationFacts> elimination = {};  ///< of error feedback
};

/// An immutable value: the parameters of one quantizer. Safe to use from several threads at once.
class Quantizer {
 public:
  virtual ~Quantizer() = default;
  virtual QuantizerTraits traits() const = 0;
  /// Q has the problem's shape and only values of the alphabet, or of its own levels. `decisions` feeds random
  /// rounding: position j of row t belongs to neuron j at feature t, so every neuron has draws of its own. Throws
  /// Stopped when `interrupt` says so.
  virtual QuantizedLayer<float> quantize(const LayerProblem<float>& problem, const Alphabet& alphabet,
                                         const Stream& decisions, const Interrupt& interrupt) const = 0;
  virtual QuantizedLayer<double> quantize(const LayerProblem<double>& problem, const Alphabet& alphabet,
                                          const Stream& decisions, const Interrupt& interrupt) const = 0;
  /// The least K known with which nothing clips with this probability over the draws, given X, Xq and W; the alphabet's
  /// own number of levels is not looked at. Absent unless traits().chooses_levels. Throws Stopped, and
  /// std::domain_error when there is no such K of reasonable size.
  virtual std::optional<std::int64_t> no_clip_half_levels(const LayerProblem<float>& /*problem*/,
                                                          const Alphabet& /*alphabet*/, double /*probability*/,
                                                          const Interrupt& /*interrupt*/) const {
    return std::nullopt;
  }
  virtual std::optional<std::int64_t> no_clip_half_levels(const LayerProblem<double>& /*problem*/,
                                                          const Alphabet& /*alphabet*/, double /*probability*/,
                                                          const Interrupt& /*interrupt*/) const {
    return std::nullopt;
  }
  /// Multiply-adds for a layer of this shape, to leading order.
  virtual double cost(LayerShape shape, bool mismatch) const = 0;
};

/// Implements both precisions by `Derived::run(problem, alphabet, decisions, interrupt)`, a template over the scalar,
/// and the choice of levels by `Derived::enough_levels(problem, alphabet, probability, interrupt)` where there is one.
template <class Derived>
class QuantizerTemplate : public Quantizer {
 public:
  QuantizedLayer<float> quantize(const LayerProblem<float>& problem, const Alphabet& alphabet, const Stream& decisions,
                                 const Interrupt& interrupt) const final {
    return self().run(problem, alphabet, decisions, interrupt);
  }
  QuantizedLayer<double> quantize(const LayerProblem<double>& problem, const Alphabet& alphabet,
                                  const Stream& decisions, const Interrupt& interrupt) const final {
    return self().run(problem, alphabet, decisions, interrupt);
  }
  std::optional<std::int64_t> no_clip_half_levels(const LayerProblem<float>& problem, const Alphabet& alphabet,
                                                  double probability, const Interrupt& interrupt) const final {
    return chosen(problem, alphabet, probability, interrupt);
  }
  std::optional<std::int64_t> no_clip_half_levels(const LayerProblem<double>& problem, const Alphabet& alphabet,
                                                  double probability, const Interrupt& interrupt) const final {
    return chosen(problem, alphabet, probability, interrupt);
  }

 private:
  template <class S>
  std::optional<std::int64_t> chosen(const LayerProblem<S>& problem, const Alphabet& alphabet, double probability,
                                     const Interrupt& interrupt) const {
    if constexpr (requires { self().enough_levels(problem, alphabet, probability, interrupt); })
      return self().enough_levels(problem, alphabet, probability, interrupt);
    else
      return std::nullopt;
  }
  const Derived& self() const { return static_cast<const Derived&>(*this); }
};

struct QuantizerEntry {
  Description description;
  std::function<std::unique_ptr<Quantizer>(const Parameters&)> make;
};

}  // namespace pathquant
