// S4: the form of the SPFQ paper, for every entry of the error with high probability.
//
//   symbol   meaning
//   m, N, P  samples, width, neurons
//   delta    largest step
//   kappa    max_t ||Xq_t||
//
// p and the derivation: core/bounds/spfq/spfq_paper.hpp.
#include <cmath>
#include <numbers>

#include "core/bounds/shared/rounding_error.hpp"
#include "core/bounds/shared/wording.hpp"
#include "core/bounds/spfq/spfq_paper.hpp"

namespace pathquant {
namespace spfq_paper_linf_line {

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), two_features(facts), nothing_clipped(facts)}))
    return *failure;
  const double deviation = rounding_intervals(facts.alphabet).maxCoeff() * facts.statistics.largest_norm *
                           std::sqrt(2.0 * std::numbers::pi * paper_exponent(facts.shape, eta));
  return facts.statistics.largest_alignment_entry + deviation;
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "spfq_paper_linf",
         .version = 1,
         .summary = "the SPFQ paper's bound on the largest absolute error (S4)",
         .formula = "max_ij |U_ij| <= max_ij |Uhat_ij| + max_j delta_j kappa sqrt(2 pi p log N),  kappa = max_t "
                    "||Xq_t||,\n"
                    "p so that sqrt2 m P/N^p = eta",
         .hypotheses = wording::sentences(
             {"N >= 2; any X, Xq and W; for a list of levels delta_j is its largest gap; draws independent of them and "
              "of other layers' draws; "
              "nothing clips.",
              wording::joint_event, wording::calibration_only,
              "Some 6 to 40 times the error, spfq_linf is 2 times: the distance is no property of the quantizer."}),
         .source = "Zhang & Saab 2023, arXiv 2309.10975 (form recalled, constants proved in our theory, S4): convex "
                   "order of U~_ij below N(0, pi delta^2/2 kappa^2), Markov, union over mP entries"},
    .kind = BoundKind::upper,
    .quantity = Quantity::max_abs_error,
    .concerns = is_stochastic_path,
    .evaluate = evaluate,
});

}  // namespace spfq_paper_linf_line
}  // namespace pathquant
