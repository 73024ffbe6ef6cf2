// The rate of SPFQ's relative error.
//
//   symbol   meaning
//   m, N     samples, width
//   delta_j  length of the interval of neuron j's rounding errors: core/bounds/shared/rounding_error.hpp
//   kappa    max_t ||Xq_t||
//
// The paper's bound ||u_j||^2 <= 2 pi p m log N delta_j^2 kappa^2 (spfq_paper_l2) with p fixed, over the energy of XW:
// for Gaussian weights and columns of one size this is the paper's relative rate m log N/N.
#include "core/bounds/shared/rates.hpp"
#include "core/bounds/shared/rounding_error.hpp"

namespace pathquant {
namespace spfq_rate_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure = first_failure(
          {inputs_and_steps(facts), nothing_clipped(facts), same_inputs(facts), grows_with_features(facts)}))
    return *failure;
  const double kappa = facts.statistics.largest_norm;
  const auto m = static_cast<double>(facts.shape.samples);
  return rounding_intervals(facts.alphabet).squaredNorm() * kappa * kappa * m * log_width(facts);
}

const Registered<BoundEntry> registered({
    .description = {.name = "spfq_rate",
                    .version = 1,
                    .summary = "rate of SPFQ's relative error, without its constant",
                    .formula =
                        "||U||_F^2 ~ sum_j delta_j^2 kappa^2 m log N,  kappa = max_t ||Xq_t||;  relative squared "
                        "error ~ m log N/N",
                    .hypotheses = wording::sentences(
                        {"N >= 2; any X and W; X == Xq; for a list of levels delta_j is its largest gap; draws "
                         "independent of them and of other layers' draws; nothing clips.",
                         wording::slope_only, wording::calibration_only}),
                    .source = "Zhang & Saab 2023, arXiv 2309.10975 (recalled rate; its bound is spfq_paper_l2)"},
    .kind = BoundKind::decay,
    .quantity = Quantity::error_energy,
    .concerns = is_stochastic_path,
    .evaluate = evaluate,
});

}  // namespace spfq_rate_line
}  // namespace pathquant
