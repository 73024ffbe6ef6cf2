// S3: every entry of SPFQ's error with high probability.
//
//   symbol   meaning
//   m, P     samples, neurons
//   delta    largest step
//   S_ii     diagonal of sum_t v_t v_t^T, v_t = P_N ... P_{t+1} Xq_t
//
// Every entry of U~ is sub-Gaussian with proxy at most delta^2/4 max_i S_ii; a two-sided tail and a union over the mP
// entries.
#include <cmath>

#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/rounding_error.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace spfq_linf_line {

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), nothing_clipped(facts)})) return *failure;
  const double entries = static_cast<double>(facts.shape.samples) * static_cast<double>(facts.shape.neurons);
  const double deviation =
      rounding_intervals(facts.alphabet).maxCoeff() / 2.0 * std::sqrt(facts.statistics.path->max_diagonal);
  return facts.statistics.largest_alignment_entry + deviation * std::sqrt(2.0 * std::log(2.0 * entries / eta));
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "spfq_linf",
         .version = 1,
         .summary = "bound on SPFQ's largest absolute error (S3)",
         .formula = "max_ij |U_ij| <= max_ij |Uhat_ij| + max_j delta_j/2 sqrt(max_i S_ii) sqrt(2 log(2 m P/eta))",
         .hypotheses = wording::sentences({"Any X, Xq and W; for a list of levels delta_j is its largest gap; draws "
                                           "independent of them and of other "
                                           "layers' draws; nothing clips.",
                                           wording::joint_event, wording::certificate, wording::calibration_only}),
         .source = "theory, S3: by Hoeffding's lemma U~_ij is sub-Gaussian with proxy delta_j^2/4 S_ii; "
                   "union over the mP entries; "
                   "cf. arXiv 2309.10975"},
    .kind = BoundKind::upper,
    .quantity = Quantity::max_abs_error,
    .needs_path_covariance = true,
    .concerns = is_stochastic_path,
    .evaluate = evaluate,
});

}  // namespace spfq_linf_line
}  // namespace pathquant
