// L2: what no quantizer of weights of a known law can beat, by their entropy power.
//
// Symbols: core/bounds/limits/rate_limit.hpp.
#include "core/bounds/limits/rate_limit.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace entropy_power_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (!facts.weight_law)
    return NotApplicable{"the weights are not known to be independent, of one law with a density and a variance"};
  if (facts.weight_law->law.entropy_power() == 1)
    return NotApplicable{"the weights are Gaussian: this limit is water_filling"};
  return rate_limit(facts);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "entropy_power",
         .version = 1,
         .summary = "least mean error energy of any quantizer at this rate for weights of a known law (L2)",
         .formula =
             "E||XW - XQ||_F^2 >= P sum_i min(theta, sigma_w^2 l_i), with theta such that\n"
             "sum_i (1/2) log2^+(sigma_w^2 l_i/theta) = N R + (r/2) log2(sigma_w^2/n_w); l_i the r eigenvalues above "
             "0 of X^T X,\n"
             "R = rate, n_w = e^{2h}/(2 pi e) the entropy power of a weight;\n"
             "at high rate P r n_w (prod l_i)^{1/r} 2^{-2NR/r}",
         .hypotheses = wording::sentences(
             {"W with independent Laplace, uniform or Student t entries (more than 2 degrees of freedom).",
              wording::rate_limit_hypotheses}),
         .source = "theory, L2: Shannon's lower bound with the entropy power inequality of Zamir & Feder 1993; that "
                   "no error exceeds its variance: derived"},
    .kind = BoundKind::lower_mean,
    .quantity = Quantity::error_energy,
    .needs_path_covariance = true,
    .concerns = [](const QuantizerTraits& /*traits*/) { return true; },
    .evaluate = evaluate,
    .bits_above = [](const LayerFacts& facts, double measured) { return bits_above_limit(facts, measured); },
});

}  // namespace entropy_power_line
}  // namespace pathquant
