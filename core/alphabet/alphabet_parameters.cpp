// The parameters of an alphabet: the table that configs are validated by and `explain` prints.
#include <fmt/format.h>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/alphabet/distribution_levels.hpp"
#include "core/alphabet/level_kinds.hpp"

namespace pathquant {

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
          word("alphabet.radius.rule", radius_rule_names(),
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

}  // namespace pathquant
