// S7: SPFQ's error after alignment by r passes, from the norms alone.
//
//   symbol   meaning
//   r        passes of the alignment
//   P_t      I - Xq_t Xq_t^T/||Xq_t||^2;  P = P_N ... P_1
//   t        log(1/eta)
//   U~       U - Uhat: core/bounds/shared/stochastic_energy.hpp
//
// One pass leaves uhat_1 = sum_t w_t P_N ... P_t X_t, so ||uhat_1|| <= sum_t |w_t| ||P_t X_t||, and each further one
// multiplies by P: ||Uhat_r||_F <= ||P||^{r-1} (sum_j (sum_t |w_tj| ||P_t X_t||)^2)^{1/2}.
#include <cmath>

#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/stochastic_energy.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace spfq_alignment_line {

Failure aligned_by_passes(const LayerFacts& facts) {
  if (!facts.mismatch) return NotApplicable{"X == Xq: there is nothing to align, and spfq_l2 says the same"};
  if (!facts.quantizer.alignment_passes) return NotApplicable{"the alignment is not one by passes over the features"};
  return {};
}

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure =
          first_failure({inputs_and_steps(facts), nothing_clipped(facts), aligned_by_passes(facts)}))
    return *failure;
  const double later =
      std::pow(facts.statistics.path->sweep_norm, static_cast<double>(*facts.quantizer.alignment_passes - 1));
  const double root =
      later * std::sqrt(facts.statistics.alignment_reach) + std::sqrt(stochastic_energy(facts, -std::log(eta)));
  return root * root;
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "spfq_alignment",
         .version = 1,
         .summary = "bound on SPFQ's error energy that says how its alignment converges (S7)",
         .formula =
             "||U||_F <= ||P||^{r-1} ( sum_j (sum_t |w_tj| ||P_t X_t||)^2 )^{1/2} + sqrt( tr + 2 sqrt(tr2 t) + 2 op t "
             "),\n"
             "P = P_N ... P_1,  t = log(1/eta),  tr, tr2, op as in spfq_l2",
         .hypotheses = wording::sentences(
             {"X != Xq, aligned by r passes of the recurrence; any X, Xq and W; for a list of levels delta_j is its "
              "largest gap; draws independent of them, between neurons and of other layers' draws; nothing clips.",
              wording::joint_event, wording::certificate, wording::calibration_only,
              "Where rank Xq < m nothing shrinks: ||P|| = 1. Its first part adds up lengths where vectors cancel and "
              "is some 30 times too long at r = 1; spfq_l2 has the residual that was measured in its place."}),
         .source = "theory, S7: uhat_r = P^{r-1} uhat_1 with uhat_1 = sum_t w_t P_N ... P_t X_t, and S2; cf. arXiv "
                   "2309.10975"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .needs_path_covariance = true,
    .concerns = is_stochastic_path,
    .evaluate = evaluate,
});

}  // namespace spfq_alignment_line
}  // namespace pathquant
