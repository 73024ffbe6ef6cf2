// S5: the form of the SPFQ paper, for every neuron with high probability.
//
//   symbol   meaning
//   m, N, P  samples, width, neurons
//   delta    largest step
//   kappa    max_t ||Xq_t||
//
// p and the bound on every entry: core/bounds/spfq/spfq_paper.hpp; m entries make the norm of a neuron.
#include <cmath>
#include <numbers>

#include "core/bounds/shared/rounding_error.hpp"
#include "core/bounds/shared/wording.hpp"
#include "core/bounds/spfq/spfq_paper.hpp"

namespace pathquant {
namespace spfq_paper_l2_line {

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), two_features(facts), nothing_clipped(facts)}))
    return *failure;
  const auto m = static_cast<double>(facts.shape.samples);
  const double p_log_n = paper_exponent(facts.shape, eta);
  const double norm = rounding_intervals(facts.alphabet).maxCoeff() * facts.statistics.largest_norm *
                      std::sqrt(2.0 * std::numbers::pi * m * p_log_n);
  const double total = facts.statistics.largest_alignment_norm + norm;
  return total * total;
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "spfq_paper_l2",
         .version = 1,
         .summary = "the SPFQ paper's bound on the largest error of a neuron (S5)",
         .formula =
             "max_j ||u_j|| <= max_j ||uhat_j|| + max_j delta_j kappa sqrt(2 pi p m log N),  kappa = max_t ||Xq_t||,\n"
             "p so that sqrt2 m P/N^p = eta; the value is the square",
         .hypotheses = wording::sentences(
             {"N >= 2; any X, Xq and W; for a list of levels delta_j is its largest gap; draws independent of them and "
              "of other layers' draws; "
              "nothing clips.",
              wording::joint_event, wording::calibration_only,
              "Hundreds of times the error (440 to 21000 in the square): the distance is no property of the "
              "quantizer."}),
         .source = "Zhang & Saab 2023, arXiv 2309.10975 (form recalled, constants proved in our theory, S5): convex "
                   "order of u~_j "
                   "below N(0, pi delta^2/2 kappa^2 I), Markov, union over mP entries"},
    .kind = BoundKind::upper,
    .quantity = Quantity::max_neuron_squared_error,
    .concerns = is_stochastic_path,
    .evaluate = evaluate,
});

}  // namespace spfq_paper_l2_line
}  // namespace pathquant
