// The mean of stochastic OPTQ's error over its own draws.
//
// Symbols: core/bounds/shared/feedback_energy.hpp. Given the past, xi_t has mean 0 and variance at most delta_j^2/4, so
// W~ - Q has mean 0 and E ||Xq(W~ - Q)||_F^2 <= sum_j delta_j^2/4 sum_t d_t^2; Uhat is fixed, so the energies add.
#include "core/bounds/shared/feedback_energy.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace optq_mean_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), nothing_clipped(facts)})) return *failure;
  return facts.statistics.alignment_energy +
         rounding_intervals(facts.alphabet).squaredNorm() / 4 * facts.statistics.elimination->sum_squares;
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "optq_mean",
         .version = 1,
         .summary = "bound on the mean error energy of stochastic OPTQ over its draws (O3)",
         .formula = "E||U||_F^2 <= ||XW - XqW~||_F^2 + sum_j delta_j^2/4 sum_t d_t^2",
         .hypotheses = wording::sentences({"Any X, Xq and W; for a list of levels delta_j is its largest gap; draws "
                                           "independent of them and of other "
                                           "layers' draws; nothing clips.",
                                           wording::mean_and_clipping, wording::certificate,
                                           wording::calibration_only}),
         .source = "theory, O1 and O3: the error is sum_t xi_t^2 d_t^2, and the rounding errors have mean 0 and "
                   "variance at most delta_j^2/4 given the past; cf. arXiv 2508.04853"},
    .kind = BoundKind::upper_mean,
    .quantity = Quantity::error_energy,
    .concerns = is_stochastic_optq,
    .evaluate = evaluate,
});

}  // namespace optq_mean_line
}  // namespace pathquant
