// S1: the mean of SPFQ's error over its own draws.
//
//   symbol   meaning
//   delta_j  step of neuron j
//   S        sum_t v_t v_t^T, v_t = P_N ... P_{t+1} Xq_t
//   U~       U - Uhat = sum_t xi_t v_t per neuron, xi_t = c_t - q_t
//
// Given the past, xi_t has mean 0 and a two-point law on an interval of length delta_j, so its variance is at most
// delta_j^2/4, and the xi_t are uncorrelated: E||u~_j||^2 <= delta_j^2/4 tr S. Uhat is fixed and E U~ = 0, so the
// energies add.
#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/rounding_error.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace spfq_mean_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), nothing_clipped(facts)})) return *failure;
  return facts.statistics.alignment_energy +
         rounding_intervals(facts.alphabet).squaredNorm() / 4.0 * facts.statistics.path->trace;
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "spfq_mean",
         .version = 1,
         .summary = "bound on SPFQ's mean error energy over its draws (S1)",
         .formula =
             "E||U||_F^2 <= ||Uhat||_F^2 + sum_j delta_j^2/4 tr S,  S = sum_t v_t v_t^T,  v_t = P_N...P_{t+1} Xq_t",
         .hypotheses = wording::sentences({"Any X, Xq and W; for a list of levels delta_j is its largest gap; draws "
                                           "independent of them and of other "
                                           "layers' draws; nothing clips.",
                                           wording::mean_and_clipping, wording::certificate,
                                           wording::calibration_only}),
         .source =
             "theory, S1: the rounding errors have mean 0 and variance at most delta_j^2/4 given the past, so E U~U~^T "
             "<= delta_j^2/4 S; cf. arXiv 2309.10975"},
    .kind = BoundKind::upper_mean,
    .quantity = Quantity::error_energy,
    .needs_path_covariance = true,
    .concerns = is_stochastic_path,
    .evaluate = evaluate,
});

}  // namespace spfq_mean_line
}  // namespace pathquant
