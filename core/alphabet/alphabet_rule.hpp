// How a layer's alphabet is found from its weights: the parameters `alphabet.*` of every quantizer that uses one.
//
//   symbol  meaning
//   b       bits; the number of levels that a kind has for them: mid-tread the largest odd number <= 2^b, mid-rise the
//           largest even one
//   C, rad  alphabet.radius.scale and the layer's or neuron's radius (core/alphabet/radius.hpp)
//   L       the largest level in units of the step: K (mid-tread), K - 1/2 (mid-rise), max |v_i| (list),
//           K + 1/2 (nested)
//   sigma   root mean square of the weights
//   lambda  threshold of a hard decision; otherwise 0
//
//   rule or kind  step
//   a radius      (C rad - lambda)/L, so that the largest value a weight may take is C rad (nested: that it covers C
//                 rad, with 2^b - 1 levels for b = 2, 4, 8 or 16: core/alphabet/nested_grid.hpp)
//   mse           C times the step with the least squared rounding error of these weights
//   sigma         C sigma times the best step for alphabet.law (core/alphabet/distribution_levels.hpp)
//   lloyd_max     C sigma, for its levels are in units of sigma
//   asymmetric    from C min w to C max w in 2^b levels with an integer zero point (core/alphabet/level_sets.hpp)
//
// Each is of the layer, of a neuron, or of a group of a neuron's consecutive weights: alphabet.granularity.
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
#include "core/distributions/scalar_distribution.hpp"
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
  /// Whether resolve(WeightSizes) has an answer: a fixed step, or the rules absmax and rms, for a layer or a neuron,
  /// and levels that are not found from the weights.
  bool needs_only_sizes() const {
    const bool any_step = step_ || rule_ == RadiusRule::absmax || rule_ == RadiusRule::rms;
    return any_step && !group_ && !asymmetric_ && (kind_ != AlphabetKind::list || !values_.empty());
  }
  /// The same alphabet. Throws as resolve(weights) does, and std::logic_error unless needs_only_sizes().
  Alphabet resolve(const WeightSizes& sizes) const;

  // What is known before the weights are.
  /// The rule spfq_no_clip leaves K to the quantizer, which chooses it so that nothing clips with this probability:
  /// core/quantizers/layer_alphabet.hpp.
  std::optional<double> no_clip_probability() const { return no_clip_probability_; }
  AlphabetKind kind() const { return kind_; }
  bool ties_to_lower() const { return ties_to_lower_; }
  /// Of a list, ascending, in steps; empty where they are still to be found from the weights, and for other kinds.
  const std::vector<double>& values() const { return values_; }
  /// K; absent when infinite, and for a list.
  std::optional<std::int64_t> half_levels() const { return half_levels_; }
  /// Steps change along the features, or neurons have zero points: not every quantizer takes such an alphabet.
  bool by_blocks() const { return group_.has_value() || asymmetric_; }

 private:
  void read_kind(const Parameters& parameters);
  void read_size(const Parameters& parameters);
  void read_step(const Parameters& parameters);
  void read_radius(const Parameters& parameters);
  void read_list(const Parameters& parameters);
  void read_granularity(const Parameters& parameters);
  std::string whose() const;
  double step_of(const RowMatrix<double>& weights) const;
  double step_for(double radius) const;
  double step_by_sigma(const RowMatrix<double>& weights) const;
  void resolve_blocks(const RowMatrix<double>& weights, Alphabet& alphabet) const;

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
  double law_step_ = 1;   ///< rule sigma: step/sigma
  bool per_neuron_ = false;
  std::optional<Index> group_;  ///< weights of a group
  bool nested_ = false;
  bool asymmetric_ = false;
  std::int64_t listed_ = 0;  ///< lloyd_max and asymmetric: the number of levels
};

}  // namespace pathquant
