// The error of memoryless quantization on Gaussian inputs, with high probability.
//
//   symbol   meaning
//   sigma    standard deviation of an entry of Xq
//   Xi       W - Q (N x P), a function of W alone
//   l_k      eigenvalues of Xi^T Xi; sum_k l_k = ||Xi||_F^2
//   t        log(1/eta)
//
// Given W, the rows of Xq Xi are independent N(0, sigma^2 Xi^T Xi), so ||Xq Xi||_F^2 = sigma^2 sum_k l_k g_k with g_k
// independent chi^2_m. By Laurent and Massart it exceeds sigma^2 (m sum l_k + 2 sqrt(m t sum l_k^2) + 2 t max l_k) with
// probability at most e^{-t}, and sum l_k^2 <= (sum l_k)^2, max l_k <= sum l_k: attained where all neurons err alike.
#include <cmath>

#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/lifts.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace msq_gaussian_line {

Failure gaussian_columns(const LayerFacts& facts) {
  if (facts.columns.gaussian_sigma) return {};
  return NotApplicable{"the columns of Xq are not known to be Gaussian"};
}

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({some_inputs(facts), independent_columns(facts), gaussian_columns(facts)}))
    return *failure;
  const auto m = static_cast<double>(facts.law_samples());
  const double sigma = *facts.columns.gaussian_sigma;
  const double t = -std::log(eta);
  const double energy = sigma * sigma * facts.statistics.weight_error_energy * (m + 2.0 * std::sqrt(m * t) + 2.0 * t);
  const double root = std::sqrt(energy) + std::sqrt(facts.statistics.drift_energy);
  return root * root;
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "msq_gaussian",
         .version = 1,
         .summary = "bound on the error energy of rounding each weight by itself, for Gaussian inputs",
         .formula = "||U||_F <= ||(X - Xq)W||_F + sigma ||W - Q||_F sqrt( m + 2 sqrt(m t) + 2 t ),  t = log(1/eta)",
         .hypotheses = wording::sentences(
             {"Columns of Xq independent N(0, sigma^2 I_m), independent of W; Q a function of W alone: any levels (of groups and of the quantizer's own too), "
              "thresholds and clipping are admitted. Attained by the tail of chi^2 where the neurons' errors are "
              "proportional.",
              wording::calibration_only, wording::one_width, wording::law_only}),
         .source = "derived: given W the energy is a sum of chi^2 variables; tail of Laurent & Massart 2000"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .concerns = is_memoryless,
    .evaluate = evaluate,
});

}  // namespace msq_gaussian_line
}  // namespace pathquant
