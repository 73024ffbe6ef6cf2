// What no description of the weights in so many bits can beat, whatever the inputs.
//
//   symbol   meaning
//   sigma^2  variance of a weight, n its entropy power over sigma^2
//   R        bits a weight takes, log2(levels) + 32 scales / weights
//
// Shannon's lower bound on the distortion rate function, D(R) >= n sigma^2 2^{-2R}, with equality for Gaussian weights.
// No scalar quantizer attains it: at high rate the best one with as many levels has 2.72 times as much for Gaussian
// weights, and equispaced levels with an entropy code 2 pi e/12 = 1.42 times.
#include <fmt/format.h>

#include <cmath>

#include "core/bounds/limits/rate_limit.hpp"
#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace weights_limit_line {

constexpr double most_bits = 16;  // beyond, the precision of numbers decides

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (!facts.weight_law)
    return NotApplicable{"the weights are not known to be independent, of one law with a density and a variance"};
  if (!facts.bits_per_weight) return NotApplicable{"an infinite alphabet has no rate"};
  if (*facts.bits_per_weight > most_bits)
    return NotApplicable{
        fmt::format("{:.3g} bits a weight: beyond {:.0f} the precision of numbers decides, not their "
                    "count",
                    *facts.bits_per_weight, most_bits)};
  const auto weights = static_cast<double>(facts.shape.width) * static_cast<double>(facts.shape.neurons);
  return weights * facts.weight_law->variance() * facts.weight_law->law.entropy_power() *
         std::exp2(-2 * *facts.bits_per_weight);
}

// R - (1/2) log2(n sigma^2 / error)
double bits_above(const LayerFacts& facts, double measured) {
  return std::log2(measured / std::get<double>(evaluate(facts, 0))) / 2;
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "weights_limit",
         .version = 1,
         .summary = "least mean squared error of the weights themselves at this rate, whatever the quantizer (Shannon)",
         .formula = "E||W - Q||_F^2 >= N P n_w 2^{-2R}, n_w = e^{2h}/(2 pi e) the entropy power of a weight, R = rate",
         .hypotheses = "W with independent entries of one law with a density and a variance; finitely many levels; at "
                       "most 16 bits a weight. The rate counts 32 bits for each step or scale. A mean over W of this "
                       "law: one trial, or trained weights, may lie below it.",
         .source = "theory, L1, L2 and section 4.2: Shannon's lower bound, Cover & Thomas 10.3 and 10.4"},
    .kind = BoundKind::lower_mean,
    .quantity = Quantity::weight_error_energy,
    .concerns = [](const QuantizerTraits& /*traits*/) { return true; },
    .evaluate = evaluate,
    .bits_above = bits_above,
});

}  // namespace weights_limit_line
}  // namespace pathquant
