#include "core/alphabet/alphabet_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "core/alphabet/distribution_levels.hpp"
#include "core/alphabet/level_kinds.hpp"
#include "core/alphabet/level_sets.hpp"
#include "core/alphabet/sigma_rule.hpp"
#include "core/random/elementary.hpp"

namespace pathquant {
namespace {

constexpr std::int64_t most_mse_levels = (1 << 16) + 1;

// 2^b, exact for a whole b.
double two_to_the(double bits) {
  const double whole = std::floor(bits);
  return std::ldexp(exponential((bits - whole) * 0x1.62e42fefa39efp-1), static_cast<int>(whole));
}

// Number of levels that fit in b bits. The tolerance makes b = log2(3), which is not exact in binary, mean three
// levels.
std::int64_t levels_of_bits(double bits) {
  const double allowance = bits == std::floor(bits) ? 0 : 1e-12;
  return static_cast<std::int64_t>(std::floor(two_to_the(bits) * (1 + allowance)));
}

void refuse_if(bool wrong, const std::string& rule) {
  if (wrong) throw std::invalid_argument(rule);
}

}  // namespace

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
    const auto name =
        std::find(radius_rule_names().begin(), radius_rule_names().end(), parameters.word("alphabet.radius.rule"));
    rule_ = static_cast<RadiusRule>(name - radius_rule_names().begin());
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

}  // namespace pathquant
