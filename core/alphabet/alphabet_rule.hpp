// How a layer's alphabet is found from its weights: the parameters `alphabet.*` of every quantizer that uses one.
//
//   symbol  meaning
//   b       bits; the number of levels that a kind has for them: mid-tread the largest odd number <= 2^b, mid-rise the
//           largest even one
//   C, rad  alphabet.radius.scale and the layer's or neuron's radius (core/alphabet/radius.hpp)
//   L       the largest level in units of the step: K (mid-tread), K - 1/2 (mid-rise), max |v_i| (list)
//   lambda  threshold of a hard decision; otherwise 0
//
//   step = (C rad - lambda)/L, so that the largest value a weight may take is C rad;  mse: C times the optimal step
//
// Conventions, as two published codes have them:
//   zhang-zhou-saab  b bits are 2^b + 1 mid-tread levels, K = 2^(b-1); ties upwards; rule quantile (that code's C is
//                    1.16). Source: arXiv 2201.11113
//   lybrand-saab     round(2^b) equispaced levels on [-C rad, C rad]: mid-tread for an odd count, mid-rise for an even
//                    one; ties to the lower level; rule median; for gpfq besides a shortcut and a dead zone
//                    (core/quantizers/published_path.hpp). Source: arXiv 2010.15979
#pragma once

#include "core/alphabet/alphabet.hpp"
#include "core/alphabet/radius.hpp"
#include "core/parameters.hpp"

namespace pathquant {

class AlphabetRule {
 public:
  static const ParameterTable& parameters();
  /// Reads alphabet.* and, where a quantizer has them, `decision` and `threshold`.
  /// Throws std::invalid_argument when the parameters contradict each other; the text is the rule.
  explicit AlphabetRule(const Parameters& parameters);

  /// The alphabet for these weights (N x P).
  /// Throws std::domain_error when the rule gives no step > 0 (absmax of a layer of zeros, a threshold beyond C rad).
  /// Where no_clip_probability() is set the alphabet is infinite for now.
  Alphabet resolve(const RowMatrix<double>& weights) const;

  /// What the alphabet is found from where the weights are not held.
  struct WeightSizes {
    Index width = 0;
    Vector largest;  ///< max_t |w_tj| of every neuron
    Vector squares;  ///< sum_t w_tj^2
  };
  bool has_fixed_step() const { return step_.has_value(); }
  /// Whether resolve(WeightSizes) has an answer: a fixed step, or the rules absmax and rms.
  bool needs_only_sizes() const { return step_ || rule_ == RadiusRule::absmax || rule_ == RadiusRule::rms; }
  /// The same alphabet. Throws as resolve(weights) does, and std::logic_error unless needs_only_sizes().
  Alphabet resolve(const WeightSizes& sizes) const;

  // What is known before the weights are.
  /// The rule spfq_no_clip leaves K to the quantizer, which chooses it so that nothing clips with this probability:
  /// core/quantizers/layer_alphabet.hpp.
  std::optional<double> no_clip_probability() const { return no_clip_probability_; }
  AlphabetKind kind() const { return kind_; }
  bool ties_to_lower() const { return ties_to_lower_; }
  /// K; absent when infinite, and for a list.
  std::optional<std::int64_t> half_levels() const { return half_levels_; }

 private:
  void read_kind(const Parameters& parameters);
  void read_size(const Parameters& parameters);
  void read_step(const Parameters& parameters);
  void read_radius(const Parameters& parameters);
  double step_of(const RowMatrix<double>& weights) const;
  double step_for(double radius) const;
  const char* owner() const { return per_neuron_ ? "a neuron" : "the layer"; }  ///< of a step, for messages

  AlphabetKind kind_ = AlphabetKind::midtread;
  bool ties_to_lower_ = false;
  std::optional<std::int64_t> half_levels_;
  std::optional<double> no_clip_probability_;
  std::vector<double> values_;
  std::optional<double> step_;  ///< fixed step; otherwise the radius rule
  RadiusRule rule_ = RadiusRule::absmax;
  double scale_ = 1;
  double percentile_ = 1;
  double threshold_ = 0;  ///< lambda
  bool per_neuron_ = false;
};

}  // namespace pathquant
