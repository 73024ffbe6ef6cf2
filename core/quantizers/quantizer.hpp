// The contract of a quantizer: from a layer and its alphabet to Q. Metrics are not its business.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/alphabet/alphabet.hpp"
#include "core/decision/decision_rule.hpp"
#include "core/decision/rounding.hpp"
#include "core/distributions/scalar_distribution.hpp"
#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"
#include "core/layer/permutation.hpp"
#include "core/layer/quantized_layer.hpp"
#include "core/random/stream.hpp"
#include "core/registry.hpp"

namespace pathquant {

/// What the theoretical lines need to know of a quantizer. The defaults promise nothing, so no line applies.
struct QuantizerTraits {
  bool uses_inputs = true;      ///< false: looks at the weights alone (memoryless), so it runs without X
  bool path_following = false;  ///< u_t = u_{t-1} + w_t X_t - q_t Xq_t with q_t decided from <Xq_t, u_{t-1} + w_t X_t>
  Rounding rounding = Rounding::nearest;
  double threshold = 0;                        ///< lambda of soft and hard rounding
  FeatureOrder order = FeatureOrder::natural;  ///< of the features t above
  bool random = false;                         ///< draws from the decision stream
  bool chooses_levels = false;                 ///< no_clip_half_levels() has an answer
  /// Takes an alphabet whose steps, or zero points, change along the features (Alphabet::group_steps, zeros).
  bool block_alphabets = false;
  /// The weights are first aligned to Xq by so many passes of the recurrence without rounding, where X != Xq.
  std::optional<std::int64_t> alignment_passes = {};
  /// Finds its levels itself, as scales of sign planes or as an alphabet: what it is given is not looked at.
  bool own_levels = false;
  /// v_t = w~_t + sum_{s<t} M_ts (w~_s - q_s) / M_tt with H = M^T M, q_t decided from v_t: OPTQ's recurrence. What its
  /// lines need is in QuantizedLayer::elimination.
  bool error_feedback = false;
  bool first_projected = false;  ///< but for the first feature, whose argument is Qronos's
  /// C >= 1 of scaled stochastic path following, whose step towards the error is divided by it; absent: another method.
  std::optional<double> path_scale = {};
  std::int64_t pruned_steps = 0;  ///< of scaled path following: no level between 0 and so many steps is taken
  /// Where its levels are its own and this is known: the mean squared error relative to the variance, for very many
  /// weights of one block with this law.
  std::function<double(const ScalarDistribution& law)> population_error = {};
};

/// How many values a weight may take; absent when infinite. A hard threshold adds -threshold and threshold to the
/// levels k step moved away from 0.
std::optional<std::int64_t> level_count(const Alphabet& alphabet, const QuantizerTraits& traits);

/// Why a layer lacks what is needed of its calibration; absent where it has it.
template <class S>
std::optional<std::string> missing_inputs(CalibrationNeed need, const LayerProblem<S>& problem) {
  if (need != CalibrationNeed::held || problem.holds_inputs()) return std::nullopt;
  return "it needs the samples themselves (X and Xq), and of this layer there are inner products only";
}

/// An immutable value: the parameters of one quantizer. Safe to use from several threads at once.
class Quantizer {
 public:
  virtual ~Quantizer() = default;
  virtual QuantizerTraits traits() const = 0;
  /// What of a layer's calibration it needs (core/layer/calibration.hpp). Unless it says otherwise that is X and Xq
  /// themselves, and nothing where traits().uses_inputs is false.
  virtual CalibrationNeed needs() const {
    return traits().uses_inputs ? CalibrationNeed::held : CalibrationNeed::weights;
  }
  /// Why it does not quantize this layer, as a sentence for the user: the layer does not hold what it needs, or is
  /// beyond its limits. Absent where it does. Whoever has a layer quantized asks first, and skips it with that reason;
  /// quantize() on such a layer is misuse and throws.
  virtual std::optional<std::string> declines(const LayerProblem<float>& problem) const {
    return missing_inputs(needs(), problem);
  }
  virtual std::optional<std::string> declines(const LayerProblem<double>& problem) const {
    return missing_inputs(needs(), problem);
  }
  /// Q has the problem's shape and only values of the alphabet, or of its own levels. `decisions` feeds random
  /// rounding: position j of row t belongs to neuron j at feature t, so every neuron has draws of its own. Throws
  /// Stopped when `execution` says so.
  virtual QuantizedLayer<float> quantize(const LayerProblem<float>& problem, const Alphabet& alphabet,
                                         const Stream& decisions, const ExecutionContext& execution) const = 0;
  virtual QuantizedLayer<double> quantize(const LayerProblem<double>& problem, const Alphabet& alphabet,
                                          const Stream& decisions, const ExecutionContext& execution) const = 0;
  /// The least K known with which nothing clips with this probability over the draws, given X, Xq and W; the alphabet's
  /// own number of levels is not looked at. Absent unless traits().chooses_levels. Throws Stopped, and
  /// std::domain_error when there is no such K of reasonable size.
  virtual std::optional<std::int64_t> no_clip_half_levels(const LayerProblem<float>& /*problem*/,
                                                          const Alphabet& /*alphabet*/, double /*probability*/,
                                                          const ExecutionContext& /*execution*/) const {
    return std::nullopt;
  }
  virtual std::optional<std::int64_t> no_clip_half_levels(const LayerProblem<double>& /*problem*/,
                                                          const Alphabet& /*alphabet*/, double /*probability*/,
                                                          const ExecutionContext& /*execution*/) const {
    return std::nullopt;
  }
  /// How a layer with X == Xq that is too wide to be held is quantized feature by feature in their order, by path
  /// following or each weight by itself as traits() says; nullptr where this quantizer has to see the layer whole.
  virtual std::unique_ptr<DecisionRule<float>> streamed_rule(const Alphabet& /*alphabet*/, const Stream& /*decisions*/,
                                                             float /*precision*/) const {
    return nullptr;
  }
  virtual std::unique_ptr<DecisionRule<double>> streamed_rule(const Alphabet& /*alphabet*/, const Stream& /*decisions*/,
                                                              double /*precision*/) const {
    return nullptr;
  }
  /// Multiply-adds for a layer of this shape, to leading order.
  virtual double cost(LayerShape shape, bool mismatch) const = 0;
  /// What it reads: their content takes part in a cell's identity.
  virtual std::vector<std::filesystem::path> files() const { return {}; }
};

/// Implements both precisions by `Derived::run(problem, alphabet, decisions, execution)`, a template over the scalar,
/// and where there are such: its limits by `Derived::limit(shape)`, the reason why it takes no layer of this shape or
/// std::nullopt; the choice of levels by `Derived::enough_levels(problem, alphabet, probability,
/// execution)`, and the rule of streamed layers by `Derived::feature_rule<S>(alphabet, decisions)`.
template <class Derived>
class QuantizerTemplate : public Quantizer {
 public:
  QuantizedLayer<float> quantize(const LayerProblem<float>& problem, const Alphabet& alphabet, const Stream& decisions,
                                 const ExecutionContext& execution) const final {
    return self().run(problem, alphabet, decisions, execution);
  }
  QuantizedLayer<double> quantize(const LayerProblem<double>& problem, const Alphabet& alphabet,
                                  const Stream& decisions, const ExecutionContext& execution) const final {
    return self().run(problem, alphabet, decisions, execution);
  }
  std::optional<std::string> declines(const LayerProblem<float>& problem) const final { return reason(problem); }
  std::optional<std::string> declines(const LayerProblem<double>& problem) const final { return reason(problem); }
  std::optional<std::int64_t> no_clip_half_levels(const LayerProblem<float>& problem, const Alphabet& alphabet,
                                                  double probability, const ExecutionContext& execution) const final {
    return chosen(problem, alphabet, probability, execution);
  }
  std::optional<std::int64_t> no_clip_half_levels(const LayerProblem<double>& problem, const Alphabet& alphabet,
                                                  double probability, const ExecutionContext& execution) const final {
    return chosen(problem, alphabet, probability, execution);
  }
  std::unique_ptr<DecisionRule<float>> streamed_rule(const Alphabet& alphabet, const Stream& decisions,
                                                     float precision) const final {
    return rule_of(alphabet, decisions, precision);
  }
  std::unique_ptr<DecisionRule<double>> streamed_rule(const Alphabet& alphabet, const Stream& decisions,
                                                      double precision) const final {
    return rule_of(alphabet, decisions, precision);
  }

 private:
  template <class S>
  std::optional<std::string> reason(const LayerProblem<S>& problem) const {
    if constexpr (requires { self().limit(problem.shape()); })
      if (auto reason = self().limit(problem.shape())) return reason;
    return missing_inputs(self().needs(), problem);
  }
  template <class S>
  std::unique_ptr<DecisionRule<S>> rule_of(const Alphabet& alphabet, const Stream& decisions, S /*precision*/) const {
    if constexpr (requires { self().template feature_rule<S>(alphabet, decisions); })
      return self().template feature_rule<S>(alphabet, decisions);
    else
      return nullptr;
  }
  template <class S>
  std::optional<std::int64_t> chosen(const LayerProblem<S>& problem, const Alphabet& alphabet, double probability,
                                     const ExecutionContext& execution) const {
    if constexpr (requires { self().enough_levels(problem, alphabet, probability, execution); })
      if (self().traits().chooses_levels) return self().enough_levels(problem, alphabet, probability, execution);
    return std::nullopt;
  }
  const Derived& self() const { return static_cast<const Derived&>(*this); }
};

struct QuantizerEntry {
  Description description;
  std::function<std::unique_ptr<Quantizer>(const Parameters&)> make;
  /// Runs what the program was not built with: its Q is looked at before it is believed, and in a sweep it runs in a
  /// process of its own. Plugins are always untrusted.
  bool untrusted = false;
};

/// The names of the registered quantizers whose standard form has these traits: for messages that say which will do.
std::vector<std::string> quantizers_with(const std::function<bool(const QuantizerTraits&)>& has);

}  // namespace pathquant
