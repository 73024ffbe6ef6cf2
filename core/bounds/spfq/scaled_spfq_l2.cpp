// U1: the error of scaled stochastic path following with high probability, for the whole layer at once.
//
//   symbol   meaning
//   C        scale;  A_t = I - Xq_t Xq_t^T / (C ||Xq_t||^2)
//   ell_j    the interval on which a rounding error lies: delta_j, for a list its largest gap, or the pruning threshold
//            where that is longer
//   S        sum_t v_t v_t^T, v_t = A_N ... A_{t+1} Xq_t
//   kappa    max_t ||Xq_t||;  m  samples;  t = log(1/eta)
//
// u_t = A_t u_{t-1} + xi_t Xq_t, so u~ = sum_t xi_t v_t, and by Hoeffding's lemma it is sub-Gaussian with proxy
// ell_j^2/4 S. With beta = kappa^2 C^2/(2C - 1) the matrix beta I solves A_t beta A_t + Xq_t Xq_t^T <= beta I: along
// Xq_t beta (1 - (1 - 1/C)^2) = kappa^2, elsewhere there is equality. So S <= beta I, tr S <= beta m, and tr S <=
// ||Xq||_F^2 since no A_t makes a vector longer. The neurons are stacked as for S2
// (core/bounds/shared/stochastic_energy.hpp).
#include <algorithm>
#include <cmath>

#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/lifts.hpp"
#include "core/bounds/shared/rounding_error.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace scaled_spfq_l2_line {

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), nothing_clipped(facts)})) return *failure;
  const Eigen::ArrayXd intervals =
      rounding_intervals(facts.alphabet)
          .cwiseMax(static_cast<double>(facts.quantizer.pruned_steps) * facts.alphabet.steps)
          .array();
  const Eigen::ArrayXd proxies = intervals.square() / 4;
  const double scale = *facts.quantizer.path_scale;
  const double kappa = facts.statistics.largest_norm;
  const double norm = kappa * kappa * scale * scale / (2 * scale - 1);
  const double trace = std::min(norm * static_cast<double>(facts.shape.samples), facts.statistics.input_energy);
  const double t = -std::log(eta);
  const double energy = proxies.sum() * trace + 2 * std::sqrt(proxies.square().sum() * norm * trace * t) +
                        2 * proxies.maxCoeff() * norm * t;
  return with_alignment(energy, facts);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "scaled_spfq_l2",
         .version = 1,
         .summary = "bound on the error energy of scaled stochastic path following, all neurons stacked (U1)",
         .formula = "||U||_F <= ||Uhat||_F + sqrt( tr + 2 sqrt(tr2 t) + 2 op t ),  t = log(1/eta),\n"
                    "tr = sum_j ell_j^2/4 T,  tr2 = sum_j (ell_j^2/4)^2 beta T,  op = max_j ell_j^2/4 beta,\n"
                    "beta = kappa^2 C^2/(2C - 1),  T = min(beta m, ||Xq||_F^2),  kappa = max_t ||Xq_t||,  ell_j = "
                    "max(delta_j, prune delta_j)",
         .hypotheses = wording::sentences(
             {"Any X, Xq and W; for a list of levels delta_j is its largest gap; draws independent of them, between "
              "neurons and of other layers' "
              "draws; nothing clips.",
              wording::joint_event, wording::certificate, wording::calibration_only,
              "Few levels need a large C so as not to clip, and the error then grows like sqrt(C/2)."}),
         .source =
             "theory, U1: S <= kappa^2 C^2/(2C - 1) I, Hoeffding's lemma and the tail of Hsu, Kakade & Zhang 2012; "
             "cf. arXiv 2412.18184"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .concerns = [](const QuantizerTraits& traits) { return traits.path_scale.has_value(); },
    .evaluate = evaluate,
});

}  // namespace scaled_spfq_l2_line
}  // namespace pathquant
