// S2: SPFQ's error with high probability, for the whole layer at once.
//
// Symbols and derivation: core/bounds/shared/stochastic_energy.hpp, at t = log(1/eta).
#include <cmath>

#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/lifts.hpp"
#include "core/bounds/shared/stochastic_energy.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace spfq_l2_line {

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), nothing_clipped(facts)})) return *failure;
  return with_alignment(stochastic_energy(facts, -std::log(eta)), facts);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "spfq_l2",
         .version = 1,
         .summary = "bound on SPFQ's error energy, all neurons stacked (S2)",
         .formula =
             "||U||_F <= ||Uhat||_F + sqrt( tr + 2 sqrt(tr2 t) + 2 op t ),  t = log(1/eta),\n"
             "tr = sum_j delta_j^2/4 tr S,  tr2 = sum_j (delta_j^2/4)^2 tr S^2,  op = max_j delta_j^2/4 ||S||_op",
         .hypotheses = wording::sentences(
             {"Any X, Xq and W; for a list of levels delta_j is its largest gap; draws independent of them, between "
              "neurons and of other layers' "
              "draws; nothing clips.",
              wording::joint_event, wording::certificate, wording::calibration_only,
              "It fails far less often than eta: that it holds in all trials does not show eta to be right."}),
         .source = "theory, S2: Hoeffding's lemma makes U~ sub-Gaussian with proxy diag(delta_j^2/4) x S; tail of Hsu, "
                   "Kakade & "
                   "Zhang 2012; cf. arXiv 2309.10975"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .needs_path_covariance = true,
    .concerns = is_stochastic_path,
    .evaluate = evaluate,
});

}  // namespace spfq_l2_line
}  // namespace pathquant
