// O3: every entry of stochastic OPTQ's error with high probability.
//
//   symbol   meaning
//   m, P     samples, neurons
//   delta    largest step
//   M, xi_t  Xq^T Xq + lambda I = M^T M, M lower triangular; rounding error of step t
//   d_t      core/bounds/shared/feedback_energy.hpp
//
// Xq(w~ - q) = B diag(d) xi with B = Xq M^{-1}, and B^T B + lambda M^{-T} M^{-1} = I, so every row of B has norm at
// most
// 1. Given the past, xi_t has mean 0 on an interval of length delta: by Hoeffding's lemma an entry is sub-Gaussian with
// proxy delta^2/4 sum_t B_it^2 d_t^2 <= delta^2/4 max_t d_t^2; a two-sided tail and a union over the mP entries.
#include "core/bounds/shared/feedback_energy.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace optq_linf_line {

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), nothing_clipped(facts)})) return *failure;
  const double entries = static_cast<double>(facts.shape.samples) * static_cast<double>(facts.shape.neurons);
  const double deviation =
      rounding_intervals(facts.alphabet).maxCoeff() / 2 * std::sqrt(facts.statistics.elimination->largest_square);
  return facts.statistics.largest_alignment_entry + deviation * std::sqrt(2 * std::log(2 * entries / eta));
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "optq_linf",
         .version = 1,
         .summary = "bound on the largest absolute error of stochastic OPTQ (O3)",
         .formula = "max_ij |U_ij| <= max_ij |XW - XqW~|_ij + max_j delta_j/2 max_t d_t sqrt(2 log(2 m P/eta))",
         .hypotheses = wording::sentences({"Any X, Xq and W; for a list of levels delta_j is its largest gap; draws "
                                           "independent of them and of other "
                                           "layers' draws; nothing clips.",
                                           wording::joint_event, wording::certificate, wording::calibration_only}),
         .source = "theory, O3: the directions of the rounding errors are orthogonal, so by Hoeffding's lemma an entry "
                   "is sub-Gaussian with proxy delta_j^2/4 max_t d_t^2; cf. arXiv 2508.04853"},
    .kind = BoundKind::upper,
    .quantity = Quantity::max_abs_error,
    .concerns = is_stochastic_optq,
    .evaluate = evaluate,
});

}  // namespace optq_linf_line
}  // namespace pathquant
