// S6: SPFQ's error along one direction.
//
//   symbol   meaning
//   a        unit vector of R^m, uniform, drawn with X (one for all trials of the same X): independent of W and of what
//            SPFQ draws
//   delta    largest step;  P  neurons
//   S        sum_t v_t v_t^T, v_t = P_N ... P_{t+1} Xq_t
//
// Given X, Xq, W and a, <a, u~_j> is sub-Gaussian with proxy delta_j^2/4 a^T S a (S0), so it exceeds
// sqrt(2 delta_j^2/4 a^T S a log(2/eta)) in size with probability at most eta; a union over the neurons.
// Sharper than S3 by what the largest of m entries is above one of them.
#include <cmath>

#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/rounding_error.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace spfq_direction_line {

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), nothing_clipped(facts)})) return *failure;
  const double deviation =
      rounding_intervals(facts.alphabet).maxCoeff() / 2.0 * std::sqrt(facts.statistics.path->directional);
  const auto neurons = static_cast<double>(facts.shape.neurons);
  return facts.statistics.largest_alignment_along + deviation * std::sqrt(2.0 * std::log(2.0 * neurons / eta));
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "spfq_direction",
         .version = 1,
         .summary = "bound on SPFQ's error along a direction drawn with X (S6)",
         .formula = "max_j |<a, u_j>| <= max_j |<a, uhat_j>| + max_j delta_j/2 sqrt(a^T S a) sqrt(2 log(2 P/eta)),\n"
                    "a uniform on the unit sphere of R^m",
         .hypotheses = wording::sentences(
             {"Any X, Xq and W; for a list of levels delta_j is its largest gap; draws independent of them, of the "
              "direction and of other layers' draws; nothing clips.",
              wording::joint_event, wording::certificate, wording::calibration_only,
              "One direction, fixed before the draws: not the one in which the error turns out to be largest."}),
         .source = "theory, S6: by Hoeffding's lemma <a, U~_j> is sub-Gaussian with proxy delta_j^2/4 a^T S a; union "
                   "over the P neurons; cf. arXiv 2309.10975"},
    .kind = BoundKind::upper,
    .quantity = Quantity::direction_error,
    .needs_path_covariance = true,
    .concerns = is_stochastic_path,
    .evaluate = evaluate,
});

}  // namespace spfq_direction_line
}  // namespace pathquant
