// What quantizing very many weights of a known law comes to, whatever the inputs.
//
//   symbol    meaning
//   sigma^2   variance of a weight, whose law is symmetric about 0
//   D         mean squared error relative to the variance: of scaled planes with the best scales for the law
//             (core/sign_planes/distribution_planes.hpp), or of rounding to the trial's levels
//             (core/alphabet/distribution_levels.hpp)
//   s         weights to a stored scale or step
//
// N P sigma^2 D. Scales and steps that are fitted to few weights do better than that on these: the measured mean lies
// below it, by a share of about c/s with c = 1 to 2.2 for normal weights, 2.5 to 6 for Laplace ones, and up to 10 for
// Student's t with 5 degrees of freedom (simulated with ls1, ls2, lst and gf, 64 to 1024 weights to a block). From s =
// 256 on that is within prediction_accuracy. Greedy planes err to the other side where D is tiny: the error of their
// scales adds about 0.03/s, so s D must not be below 0.1. Without a fourth moment the share falls too slowly to say.
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "core/alphabet/distribution_levels.hpp"
#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace weights_population_line {

constexpr std::int64_t most_levels = 1 << 16;

Failure symmetric_law(const LayerFacts& facts) {
  if (!facts.weight_law)
    return NotApplicable{"the weights are not known to be independent, of one law with a density and a variance"};
  if (facts.weight_law->mean != 0) return NotApplicable{"the weights have a mean other than 0"};
  return {};
}

Failure finite_levels(const LayerFacts& facts) {
  const auto levels = facts.alphabet.levels();
  if (!levels || *levels > most_levels) return NotApplicable{"the alphabet has no few levels to integrate over"};
  if (facts.alphabet.group > 0 || facts.alphabet.zeros.size() > 0)
    return NotApplicable{"steps of groups, or zero points: the levels change from weight to weight"};
  return {};
}

// A list that is fitted to the weights has a level for every so many of them; their error is below the law's by about
// as much as a level is moved by its own weights, a few hundredths for hundreds of them where tails are long.
Failure many_weights_to_a_level(const LayerFacts& facts) {
  constexpr double enough = 10000;
  if (facts.alphabet.listed == 0) return {};
  const double weights = static_cast<double>(facts.shape.width) * static_cast<double>(facts.shape.neurons);
  const double each = weights / static_cast<double>(*facts.alphabet.levels());
  if (each >= enough) return {};
  return NotApplicable{
      fmt::format("the levels are fitted to {:.0f} weights each: their error on these lies below the law's", each)};
}

Failure many_weights_to_a_scale(const LayerFacts& facts, double error) {
  constexpr double enough = 256, least_error = 0.1;
  if (!facts.weight_law->law.has_fourth_moment())
    return NotApplicable{"the weights have no fourth moment: few of them decide the error of any number"};
  if (!facts.weights_per_scale) return {};
  if (*facts.weights_per_scale < enough)
    return NotApplicable{fmt::format(
        "there are {:.0f} weights to a scale: fitted to fewer than {:.0f} it does better on these than on the law",
        *facts.weights_per_scale, enough)};
  if (*facts.weights_per_scale * error < least_error)
    return NotApplicable{
        fmt::format("an error of {:.2g} of the variance is no larger than what fitting the scales to "
                    "{:.0f} weights each changes it by",
                    error, *facts.weights_per_scale)};
  return {};
}

// In units of the step, ascending.
std::vector<double> levels_of(const Alphabet& alphabet) {
  if (alphabet.kind == AlphabetKind::list) return alphabet.values;
  const double shift = alphabet.kind == AlphabetKind::midrise ? 0.5 : 0;
  std::vector<double> levels;
  for (std::int64_t i = 0; i < *alphabet.levels(); ++i)
    levels.push_back(static_cast<double>(i - *alphabet.half_levels) + shift);
  return levels;
}

double rounding_error(const LayerFacts& facts, double step) {
  std::vector<double> levels = levels_of(facts.alphabet);
  for (double& level : levels) level *= step / facts.weight_law->deviation;
  return rounding_error_of(facts.weight_law->law, levels);
}

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure = symmetric_law(facts)) return *failure;
  const double variance = static_cast<double>(facts.shape.width) * facts.weight_law->variance();
  const auto neurons = static_cast<double>(facts.shape.neurons);
  if (facts.quantizer.population_error) {
    const double error = facts.quantizer.population_error(facts.weight_law->law);
    if (const Failure failure = many_weights_to_a_scale(facts, error)) return *failure;
    return neurons * variance * error;
  }
  if (facts.quantizer.own_levels)
    return NotApplicable{"no closed form is known for the levels that this quantizer finds"};
  if (facts.quantizer.rounding != Rounding::nearest || facts.quantizer.uses_inputs)
    return NotApplicable{"this is about rounding every weight to its nearest level"};
  if (const Failure failure =
          first_failure({finite_levels(facts), many_weights_to_a_level(facts), many_weights_to_a_scale(facts, 1)}))
    return *failure;
  std::map<double, double> known;  // neurons often share a step
  double energy = 0;
  for (const double step : facts.alphabet.steps) {
    const auto [entry, fresh] = known.try_emplace(step, 0);
    if (fresh) entry->second = rounding_error(facts, step);
    energy += variance * entry->second;
  }
  return energy;
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "weights_population",
         .version = 1,
         .summary = "mean squared error of quantizing very many weights of this law, whatever the inputs",
         .formula =
             "E||W - Q||_F^2 ~ N P sigma_w^2 D; D of ls1: 1 - (E|x|)^2; ls2, lst: the best four and three levels; "
             "gf: 1 - sum v_p^2; msq: int min_l (x - l)^2 p(x) dx over the trial's levels l",
         .hypotheses =
             wording::sentences({"W with independent entries of one law, symmetric about 0; ls1, ls2, lst, gf "
                                 "with any granularity, or msq without a threshold; the law has a fourth moment. "
                                 "Levels fitted to few weights do better on them: s >= 256 weights to each scale "
                                 "(of planes also s D >= 0.1), 10000 to each level of a fitted list.",
                                 "Never a bound: right to 5 per cent from these sizes on."}),
         .source = "theory, section 4.2; Lloyd 1957, Max 1960; Pouransari, Tu & Tuzel 2020, arXiv 2001.02786"},
    .kind = BoundKind::prediction,
    .quantity = Quantity::weight_error_energy,
    .concerns = [](const QuantizerTraits& traits) { return !traits.path_following; },
    .evaluate = evaluate,
});

}  // namespace weights_population_line
}  // namespace pathquant
