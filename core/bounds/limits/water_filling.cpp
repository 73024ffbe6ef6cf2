// L1: what no quantizer of Gaussian weights can beat, by reverse water-filling.
//
// Symbols: core/bounds/limits/rate_limit.hpp.
#include "core/bounds/limits/rate_limit.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace water_filling_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (!facts.weight_law || facts.weight_law->law.entropy_power() != 1)
    return NotApplicable{"the weights are not known to be independent Gaussian ones"};
  return rate_limit(facts);
}

const Registered<BoundEntry> registered({
    .description = {.name = "water_filling",
                    .version = 1,
                    .summary = "least mean error energy of any quantizer at this rate for Gaussian weights (L1)",
                    .formula = "E||XW - XQ||_F^2 >= P sum_i min(theta, sigma_w^2 l_i), with theta such that\n"
                               "sum_i (1/2) log2^+(sigma_w^2 l_i/theta) = N R; l_i the eigenvalues of X^T X, R = rate",
                    .hypotheses = wording::sentences({"W with independent N(0, sigma_w^2) entries.",
                                                      wording::rate_limit_hypotheses}),
                    .source =
                        "theory, L1: reverse water-filling, Cover & Thomas 10.3.3; cf. arXiv 2603.04956, 2601.17187"},
    .kind = BoundKind::lower_mean,
    .quantity = Quantity::error_energy,
    .needs_path_covariance = true,
    .concerns = [](const QuantizerTraits& /*traits*/) { return true; },
    .evaluate = evaluate,
    .bits_above = [](const LayerFacts& facts, double measured) { return bits_above_limit(facts, measured); },
});

}  // namespace water_filling_line
}  // namespace pathquant
