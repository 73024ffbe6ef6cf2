// S2': SPFQ's error with high probability, from the norms of the columns alone.
//
//   symbol       meaning
//   delta_j      step of neuron j;  m  samples
//   kappa        max_t ||Xq_t||
//   S            sum_t v_t v_t^T, v_t = P_N ... P_{t+1} Xq_t
//   t            log(1/eta)
//
// S2 (spfq_l2.cpp) with what S cannot exceed: S <= kappa^2 I (F3), so ||S||_op <= kappa^2, tr S <= kappa^2 m and
// tr S^2 <= kappa^2 tr S; and ||v_t|| <= ||Xq_t||, so tr S <= ||Xq||_F^2, which is the smaller one where N < m.
#include <algorithm>
#include <cmath>

#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/lifts.hpp"
#include "core/bounds/shared/rounding_error.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace spfq_l2_kappa_line {

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), nothing_clipped(facts)})) return *failure;
  const Eigen::ArrayXd proxies = rounding_intervals(facts.alphabet).array().square() / 4.0;
  const double norm = facts.statistics.largest_norm * facts.statistics.largest_norm;
  const double trace = std::min(norm * static_cast<double>(facts.shape.samples), facts.statistics.input_energy);
  const double t = -std::log(eta);
  const double energy = proxies.sum() * trace + 2.0 * std::sqrt(proxies.square().sum() * norm * trace * t) +
                        2.0 * proxies.maxCoeff() * norm * t;
  return with_alignment(energy, facts);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "spfq_l2_kappa",
         .version = 1,
         .summary = "bound on SPFQ's error energy from the norms of the columns, all neurons stacked (S2')",
         .formula = "||U||_F <= ||Uhat||_F + sqrt( tr + 2 sqrt(tr2 t) + 2 op t ),  t = log(1/eta),\n"
                    "tr = sum_j delta_j^2/4 T,  tr2 = sum_j (delta_j^2/4)^2 kappa^2 T,  op = max_j delta_j^2/4 "
                    "kappa^2,\n"
                    "T = min(kappa^2 m, ||Xq||_F^2),  kappa = max_t ||Xq_t||",
         .hypotheses = wording::sentences(
             {"Any X, Xq and W; for a list of levels delta_j is its largest gap; draws independent of them, between "
              "neurons and of other layers' "
              "draws; nothing clips.",
              wording::joint_event, wording::certificate, wording::calibration_only,
              "2 to 7 times the error where columns are of one size and spread, far more where they are not; spfq_l2 "
              "is the sharper one: the distance is no property of the quantizer."}),
         .source = "theory, S2' with S <= kappa^2 I (F3) and tr S <= ||Xq||_F^2; cf. arXiv 2309.10975"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .concerns = is_stochastic_path,
    .evaluate = evaluate,
});

}  // namespace spfq_l2_kappa_line
}  // namespace pathquant
