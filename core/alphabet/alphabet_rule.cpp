#include "core/alphabet/alphabet_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/alphabet/distribution_levels.hpp"
#include "core/alphabet/level_kinds.hpp"
#include "core/alphabet/level_sets.hpp"
#include "core/alphabet/mse_step.hpp"
#include "core/alphabet/sigma_rule.hpp"
#include "core/random/elementary.hpp"

namespace pathquant {
namespace {

constexpr const char* zhang_zhou_saab = "zhang-zhou-saab";
constexpr const char* lybrand_saab = "lybrand-saab";
constexpr std::int64_t most_mse_levels = (1 << 16) + 1;

const std::vector<std::string>& rule_names() {
  static const std::vector<std::string> names = {"absmax", "quantile", "median",
                                                 "rms",    "mse",      "sigma"};  // as RadiusRule
  return names;
}

// 2^b, exact for a whole b.
double two_to_the(double bits) {
  const double whole = std::floor(bits);
  return std::ldexp(exponential((bits - whole) * 0x1.62e42fefa39efp-1), static_cast<int>(whole));
}

// How many levels fit in b bits. The allowance lets b = log2(3), which is not a binary number, mean three levels.
std::int64_t levels_of_bits(double bits) {
  const double allowance = bits == std::floor(bits) ? 0 : 1e-12;
  return static_cast<std::int64_t>(std::floor(two_to_the(bits) * (1 + allowance)));
}

void refuse_if(bool wrong, const std::string& rule) {
  if (wrong) throw std::invalid_argument(rule);
}

}  // namespace

const ParameterTable& AlphabetRule::parameters() {
  static const ParameterTable table =
      ParameterTable{
          word("alphabet.kind",
               {"midtread", "midrise", "list", "lloyd_max", "powers_of_two", "n_hot", "integers", "asymmetric",
                "nested"},
               "midtread (unless said otherwise): k step, |k| <= K; midrise: (k + 1/2) step, -K <= k < K; list: step "
               "times "
               "alphabet.values; lloyd_max: the best levels for alphabet.law or, without one, for the weights; "
               "powers_of_two: 0 and +-2^e step; n_hot: sums of a few of them; integers: lowest step .. highest step; "
               "asymmetric: 2^bits levels from the least to the greatest weight, with a zero point; nested: midtread "
               "of 2, "
               "4, 8 or 16 bits, each grid a refinement of the one before"),
          integer("alphabet.levels",
                  "number of levels: 2K+1, odd (3 is ternary), for midtread; 2K, even, for midrise; any for lloyd_max")
              .at_least(2)
              .at_most(1e15)
              .or_word("infinite")
              .labelled("levels of the alphabet"),
          word("alphabet.levels.rule", {"spfq_no_clip"},
               "instead of a number: the levels with which spfq, for its X, Xq and W, clips nothing with some "
               "probability; "
               "needs alphabet.step"),
          real("alphabet.levels.probability", "that probability, 0.99 where none is given").above(0).at_most(1 - 1e-15),
          real("alphabet.bits",
               "instead of levels: the largest alphabet of its kind that fits; 2^bits - 1 levels for midtread, 2^bits "
               "for "
               "midrise")
              .at_least(1)
              .at_most(50)
              .labelled("bits per weight"),
          real("alphabet.step",
               "distance of neighbouring levels, or the unit of a list (then 1 where nothing is given)")
              .above(0)
              .labelled(R"(step $\delta$ of the alphabet)", "units of the weights"),
          word("alphabet.radius.rule", rule_names(),
               "instead of step: the largest level is scale times the largest |w| (absmax), the mean over the neurons "
               "of "
               "their quantile of |w| (quantile), the median of |w|, or the root of the mean w^2 (rms); mse: the step "
               "is "
               "scale times the one with the least squared rounding error of the weights; sigma: scale times the best "
               "one "
               "for alphabet.law with the weights' root mean square"),
          real("alphabet.radius.scale", "factor on the radius, 1 where none is given")
              .above(0)
              .labelled("$C$", "largest level / radius of the weights"),
          real("alphabet.radius.percentile",
               "which quantile of |w|, as a number up to 1; 1 where none is given: the largest")
              .at_least(0)
              .at_most(1),
          word("alphabet.radius.index", {"optimal", "release"},
               "of radius.rule sigma, for 2^b midrise levels; release: the step for 2^(b-1) of them, as the published "
               "code "
               "of DAQ has it"),
          word("alphabet.granularity", {"layer", "neuron", "group"},
               "one radius, so one step, for the layer, one for each neuron, or one for each group of its weights")
              .defaults_to("layer"),
          integer(
              "alphabet.group",
              "with granularity group: how many consecutive weights of a neuron share a step; the last group may have "
              "fewer")
              .at_least(1)
              .at_most(1e12),
          word("alphabet.convention", {zhang_zhou_saab, lybrand_saab},
               "as a published code has it; zhang-zhou-saab: 2^bits + 1 midtread levels, rule quantile; lybrand-saab: "
               "round(2^bits) equispaced levels (odd: midtread, even: midrise), rule median, ties to the lower level, "
               "and "
               "for gpfq that code's shortcut"),
      } +
      level_kind_parameters();
  return table;
}

AlphabetRule::AlphabetRule(const Parameters& parameters) {
  read_kind(parameters);
  read_size(parameters);
  read_step(parameters);
  if (parameters.is("decision", "hard") && parameters.has("threshold")) threshold_ = parameters.real("threshold");
  refuse_if(threshold_ > 0 && !step_ && (rule_ == RadiusRule::mse || rule_ == RadiusRule::sigma),
            "alphabet.radius.rule mse and sigma are about levels k step; those of decision hard are 0 and threshold + "
            "k step: give alphabet.step or another rule");
}

void AlphabetRule::read_kind(const Parameters& parameters) {
  if (parameters.is("alphabet.kind", "midrise")) kind_ = AlphabetKind::midrise;
  if (is_list_kind(parameters)) kind_ = AlphabetKind::list;
  nested_ = parameters.is("alphabet.kind", "nested");
  asymmetric_ = parameters.is("alphabet.kind", "asymmetric");
  check_level_kind(parameters);
  ties_to_lower_ = parameters.is("alphabet.convention", lybrand_saab);
  refuse_if(parameters.has("alphabet.kind") && ties_to_lower_,
            "alphabet.convention lybrand-saab: the number of levels decides the kind (odd: midtread, even: midrise); "
            "leave out alphabet.kind");
  refuse_if((kind_ != AlphabetKind::midtread || nested_) && parameters.is("alphabet.convention", zhang_zhou_saab),
            "alphabet.convention zhang-zhou-saab has alphabet.kind midtread");
}

void AlphabetRule::read_size(const Parameters& parameters) {
  const bool levels = parameters.has("alphabet.levels");
  const bool bits = parameters.has("alphabet.bits");
  const bool rule = parameters.has("alphabet.levels.rule");
  if (kind_ == AlphabetKind::list) return read_list(parameters);
  refuse_if(levels + bits + rule != 1, "give either alphabet.levels or alphabet.bits");
  if (nested_) {
    const double b = bits ? parameters.real("alphabet.bits") : 0;
    refuse_if(b != 2 && b != 4 && b != 8 && b != 16, "alphabet.kind nested has alphabet.bits 2, 4, 8 or 16");
  }
  refuse_if(parameters.has("alphabet.levels.probability") && !rule,
            "alphabet.levels.probability goes with alphabet.levels.rule");
  if (rule) {
    refuse_if(
        parameters.has("alphabet.convention"),
        "alphabet.levels.rule chooses the levels and a published code has its own: leave out alphabet.convention");
    no_clip_probability_ =
        parameters.has("alphabet.levels.probability") ? parameters.real("alphabet.levels.probability") : 0.99;
    return;
  }
  if (parameters.is("alphabet.levels", "infinite")) return;

  if (bits && parameters.is("alphabet.convention", zhang_zhou_saab)) {
    const double b = parameters.real("alphabet.bits");
    refuse_if(b != std::floor(b), "alphabet.convention zhang-zhou-saab: 2^bits + 1 levels, for a whole number of bits");
    half_levels_ = std::int64_t{1} << static_cast<int>(b - 1);
    return;
  }
  std::int64_t count =
      levels ? parameters.integer("alphabet.levels") : levels_of_bits(parameters.real("alphabet.bits"));
  if (ties_to_lower_) {
    if (bits) count = std::llround(two_to_the(parameters.real("alphabet.bits")));
    if (count % 2 == 0) kind_ = AlphabetKind::midrise;
  }
  if (kind_ == AlphabetKind::midtread) {
    refuse_if(levels && count % 2 == 0,
              "a mid-tread alphabet has an odd number of levels: alphabet.levels = 3, 5, 7, ...");
    half_levels_ = (count - 1) / 2;
    refuse_if(*half_levels_ < 1, "a mid-tread alphabet needs at least 3 levels: alphabet.bits >= log2(3) = 1.585");
  } else {
    refuse_if(levels && count % 2 != 0,
              "a mid-rise alphabet has an even number of levels: alphabet.levels = 2, 4, 6, ...");
    half_levels_ = count / 2;
  }
}

void AlphabetRule::read_list(const Parameters& parameters) {
  const bool levels = parameters.has("alphabet.levels");
  const bool bits = parameters.has("alphabet.bits");
  const bool lloyd_max = parameters.is("alphabet.kind", "lloyd_max");
  const bool rule = parameters.has("alphabet.levels.rule");
  refuse_if((lloyd_max || asymmetric_) && (rule || parameters.is("alphabet.levels", "infinite")),
            "a list has finitely many levels: alphabet.levels.rule and infinite go with midtread and midrise");
  if (lloyd_max) {
    refuse_if(levels == bits, "alphabet.kind lloyd_max needs either alphabet.levels or alphabet.bits");
    listed_ = levels ? parameters.integer("alphabet.levels") : levels_of_bits(parameters.real("alphabet.bits"));
    refuse_if(listed_ > 1024, "alphabet.kind lloyd_max has at most 1024 levels");
  } else if (asymmetric_) {
    const double b = bits ? parameters.real("alphabet.bits") : 0;
    refuse_if(levels || b != std::floor(b) || b < 1 || b > 16,
              "alphabet.kind asymmetric has alphabet.bits, a whole number from 1 to 16");
    listed_ = std::int64_t{1} << static_cast<int>(b);
  } else {
    refuse_if(levels || bits || rule, "alphabet.kind " + parameters.word("alphabet.kind") +
                                          " says itself how many levels there are; leave out levels and bits");
  }
  values_ = listed_levels(parameters, listed_);
}

void AlphabetRule::read_granularity(const Parameters& parameters) {
  per_neuron_ = parameters.is("alphabet.granularity", "neuron");
  refuse_if(parameters.is("alphabet.granularity", "group") != parameters.has("alphabet.group"),
            "alphabet.granularity group and alphabet.group go together: the number of weights that share a step");
  if (parameters.has("alphabet.group")) group_ = parameters.integer("alphabet.group");
}

void AlphabetRule::read_step(const Parameters& parameters) {
  const bool any_radius = parameters.has("alphabet.radius.rule") || parameters.has("alphabet.radius.scale") ||
                          parameters.has("alphabet.radius.percentile") || parameters.has("alphabet.radius.index");
  read_granularity(parameters);
  refuse_if(parameters.has("alphabet.law") && !parameters.is("alphabet.kind", "lloyd_max") &&
                !parameters.is("alphabet.radius.rule", "sigma"),
            "alphabet.law goes with alphabet.kind lloyd_max or alphabet.radius.rule sigma");
  const bool blocks = per_neuron_ || group_;
  if (parameters.has("alphabet.step")) {
    refuse_if(asymmetric_, "alphabet.kind asymmetric finds its step in the weights: leave out alphabet.step");
    refuse_if(any_radius, "give either alphabet.step or alphabet.radius, not both");
    refuse_if(blocks, "alphabet.granularity needs alphabet.radius: alphabet.step is one for all");
    step_ = parameters.real("alphabet.step");
    return;
  }
  if (kind_ == AlphabetKind::list && listed_ == 0 && !any_radius && !blocks) {
    step_ = 1;
    return;
  }
  refuse_if(no_clip_probability_.has_value(),
            "the levels of spfq_no_clip depend on the step, so the step may not depend on them: give alphabet.step");
  refuse_if(kind_ != AlphabetKind::list && !half_levels_,
            "an infinite alphabet has no largest level: give alphabet.step");
  read_radius(parameters);
}

void AlphabetRule::read_radius(const Parameters& parameters) {
  const bool convention = parameters.has("alphabet.convention");
  const bool lloyd_max = kind_ == AlphabetKind::list && listed_ > 0 && !asymmetric_;
  const RadiusRule of_convention = ties_to_lower_ ? RadiusRule::median : RadiusRule::quantile;
  if (parameters.has("alphabet.radius.rule")) {
    const auto name = std::find(rule_names().begin(), rule_names().end(), parameters.word("alphabet.radius.rule"));
    rule_ = static_cast<RadiusRule>(name - rule_names().begin());
    refuse_if(convention && rule_ != of_convention,
              ties_to_lower_ ? "alphabet.convention lybrand-saab has alphabet.radius.rule median"
                             : "alphabet.convention zhang-zhou-saab has alphabet.radius.rule quantile");
    refuse_if(asymmetric_ && rule_ != RadiusRule::absmax,
              "alphabet.kind asymmetric reaches from the least to the greatest weight: leave out alphabet.radius.rule");
    refuse_if(lloyd_max && values_.empty() && rule_ != RadiusRule::sigma,
              "alphabet.kind lloyd_max without alphabet.law finds levels and step in the weights: leave out "
              "alphabet.radius.rule, or give a law");
  } else if (asymmetric_ || lloyd_max) {
    rule_ = asymmetric_ ? RadiusRule::absmax : RadiusRule::sigma;
  } else {
    refuse_if(!convention, "give alphabet.step, or alphabet.radius with its rule");
    rule_ = of_convention;
  }
  const bool sigma = rule_ == RadiusRule::sigma;
  refuse_if(sigma && kind_ == AlphabetKind::list && !lloyd_max,
            "alphabet.radius.rule sigma has the best step of midtread, midrise and lloyd_max levels: take rule mse for "
            "a list");
  const bool release = parameters.is("alphabet.radius.index", "release");
  refuse_if(parameters.has("alphabet.radius.index") && (!sigma || kind_ != AlphabetKind::midrise),
            "alphabet.radius.index goes with alphabet.radius.rule sigma and alphabet.kind midrise");
  if (sigma && !lloyd_max) {
    const ScalarDistribution law = law_of(parameters).value_or(ScalarDistribution::gaussian());
    refuse_if(*half_levels_ > std::int64_t{1} << 15, "alphabet.radius.rule sigma has at most 65537 levels");
    law_step_ = best_uniform_step(law, kind_, *half_levels_).step;
    if (release) {
      const auto bits = static_cast<int>(std::lround(std::log2(2.0 * static_cast<double>(*half_levels_))));
      refuse_if(2 * *half_levels_ != std::int64_t{1} << bits, "alphabet.radius.index release has 2^bits levels");
      law_step_ = sigma_step(law, bits, SigmaIndex::release);
    }
  }
  refuse_if(convention && (per_neuron_ || group_),
            "both conventions have one step a layer: leave out alphabet.granularity");
  if (parameters.has("alphabet.radius.scale")) scale_ = parameters.real("alphabet.radius.scale");
  if (parameters.has("alphabet.radius.percentile")) {
    refuse_if(rule_ != RadiusRule::quantile, "alphabet.radius.percentile goes with alphabet.radius.rule quantile");
    percentile_ = parameters.real("alphabet.radius.percentile");
  }
  refuse_if(rule_ == RadiusRule::mse && half_levels_ && 2 * *half_levels_ > most_mse_levels,
            "alphabet.radius.rule mse goes through every level: at most 65537 of them");
}

Alphabet AlphabetRule::resolve(const RowMatrix<double>& weights) const {
  Alphabet alphabet{Vector(weights.cols()), half_levels_, kind_, values_, ties_to_lower_};
  if (step_)
    alphabet.steps.setConstant(*step_);
  else
    resolve_blocks(weights, alphabet);
  if (kind_ == AlphabetKind::list && values_.empty()) {
    alphabet.values = levels_for_weights(weights, alphabet, listed_);
    alphabet.listed = std::ssize(alphabet.values) - 1;  // the step, in which they are, is counted by itself
    if (!step_) {
      alphabet.steps *= scale_;
      alphabet.group_steps *= scale_;
    }
  }
  return alphabet;
}

Alphabet AlphabetRule::resolve(const WeightSizes& sizes) const {
  if (!needs_only_sizes()) throw std::logic_error("this radius rule needs the weights themselves");
  Alphabet alphabet{Vector(sizes.largest.size()), half_levels_, kind_, values_, ties_to_lower_};
  const auto radius_of = [&](double largest, double squares, double count) {
    return rule_ == RadiusRule::absmax ? largest : std::sqrt(squares / count);
  };
  const auto width = static_cast<double>(sizes.width);
  if (step_)
    alphabet.steps.setConstant(*step_);
  else if (per_neuron_)
    for (Index j = 0; j < alphabet.steps.size(); ++j)
      alphabet.steps(j) = step_for(radius_of(sizes.largest(j), sizes.squares(j), width));
  else
    alphabet.steps.setConstant(step_for(
        radius_of(sizes.largest.maxCoeff(), sizes.squares.sum(), width * static_cast<double>(sizes.squares.size()))));
  return alphabet;
}

void AlphabetRule::resolve_blocks(const RowMatrix<double>& weights, Alphabet& alphabet) const {
  const bool layer = !per_neuron_ && !group_;
  const Index features = std::min(group_.value_or(weights.rows()), weights.rows());
  const Index groups = (weights.rows() + features - 1) / features;
  RowMatrix<double> steps(groups, weights.cols());
  RowMatrix<double> zeros = RowMatrix<double>::Zero(asymmetric_ ? groups : 0, weights.cols());
  const auto find = [&](const RowMatrix<double>& block, double& step, double* zero) {
    if (zero == nullptr) {
      step = step_of(block);
      return;
    }
    const auto bits = static_cast<int>(std::lround(std::log2(static_cast<double>(listed_))));
    const AsymmetricGrid grid = asymmetric_grid(scale_ * block.minCoeff(), scale_ * block.maxCoeff(), bits);
    if (!(grid.step > 0))
      throw std::domain_error(fmt::format("an asymmetric alphabet has no step: all weights of {} are 0", whose()));
    step = grid.step;
    *zero = static_cast<double>(grid.zero);
  };
  if (layer) {
    double step = 0;
    double zero = 0;
    find(weights, step, asymmetric_ ? &zero : nullptr);
    steps.setConstant(step);
    zeros.setConstant(zero);
  } else {
    for (Index g = 0; g < groups; ++g)
      for (Index j = 0; j < weights.cols(); ++j) {
        const Index first = g * features;
        find(weights.block(first, j, std::min(features, weights.rows() - first), 1), steps(g, j),
             asymmetric_ ? &zeros(g, j) : nullptr);
      }
  }
  alphabet.steps = steps.colwise().maxCoeff().transpose();
  if (group_) {
    alphabet.group = features;
    alphabet.group_steps = steps;
  }
  alphabet.zeros = zeros;
}

std::string AlphabetRule::whose() const {
  return group_ ? "a group" : per_neuron_ ? "a neuron" : "the layer";
}

double AlphabetRule::step_by_sigma(const RowMatrix<double>& weights) const {
  const double sigma = radius(weights, RadiusRule::rms, 1);
  if (!(sigma > 0))
    throw std::domain_error(fmt::format("the sigma rule gives no step: all weights of {} are 0", whose()));
  // Levels that are still to be found are fitted to the weights as they are, and scaled after that.
  return kind_ == AlphabetKind::list && values_.empty() ? sigma : scale_ * law_step_ * sigma;
}

double AlphabetRule::step_of(const RowMatrix<double>& weights) const {
  if (rule_ == RadiusRule::sigma) return step_by_sigma(weights);
  if (rule_ == RadiusRule::mse) {
    if (const auto best = mse_step(weights, kind_, half_levels_, values_)) return scale_ * *best;
    throw std::domain_error(
        fmt::format("the mse rule gives no step: none is better for {} than 0 (are all its weights 0?)", whose()));
  }
  return step_for(radius(weights, rule_, percentile_));
}

double AlphabetRule::step_for(double radius) const {
  const std::string& name = rule_names()[static_cast<std::size_t>(rule_)];
  const double largest = scale_ * radius;
  if (!(largest > 0))
    throw std::domain_error(
        fmt::format("the {} rule gives no step: that of {} is 0 (are all its weights 0?)", name, whose()));
  const double step = (largest - threshold_) / (largest_in_steps(kind_, half_levels_, values_) + (nested_ ? 0.5 : 0.0));
  if (!(step > 0))
    throw std::domain_error(
        fmt::format("decision hard has step = (scale * radius - threshold)/K > 0, but for {} scale * radius is {:.6g} "
                    "and the threshold {:.6g}",
                    whose(), largest, threshold_));
  return step;
}

}  // namespace pathquant
