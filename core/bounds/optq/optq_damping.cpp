// O2: OPTQ's error as a function of the damping and of the singular values of Xq alone.
//
//   symbol  meaning
//   n       live features
//   lambda  damping;  d_t  core/bounds/shared/feedback_energy.hpp
//   kappa   max_t ||Xq_t||
//   s_i     singular values of Xq
//
// d_t^2 = lambda (1 + a_t) with a_t = Xq_t^T (lambda I + sum_{s>t} Xq_s Xq_s^T)^{-1} Xq_t <= A = kappa^2/lambda, and
// a <= A log(1 + a)/log(1 + A) on [0, A], log being concave. The product of all d_t^2 is det(Xq^T Xq + lambda I) over
// the live features, so
//   sum_t d_t^2 <= lambda n + kappa^2/log(1 + kappa^2/lambda) sum_i log(1 + s_i^2/lambda),
// which no order of the features changes.
#include "core/bounds/shared/feedback_energy.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace optq_damping_line {

double rounding_bound(const LayerFacts& facts) {
  const EliminationFacts& elimination = *facts.statistics.elimination;
  const double square = facts.statistics.largest_norm * facts.statistics.largest_norm;
  const double logs = elimination.sum_logs - elimination.live * std::log(elimination.lambda);
  const double distances =
      elimination.lambda * elimination.live + square / std::log1p(square / elimination.lambda) * logs;
  return rounding_energy(facts, squared_rounding_errors(facts), distances, elimination.first_square);
}

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), bounded_rounding(facts), nothing_clipped(facts)}))
    return *failure;
  if (!(facts.statistics.elimination->lambda > 0)) return NotApplicable{"there is no damping (lambda = 0)"};
  if (!(facts.statistics.largest_norm > 0)) return NotApplicable{"Xq is 0"};
  const double energy = rounding_bound(facts);
  return resolved_difference(with_solution(energy, facts), terms_with_solution(energy, facts), facts);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "optq_damping",
         .version = 1,
         .summary = "bound on OPTQ's error energy in terms of its damping, for every order of the features (O2)",
         .formula = "||U||_F^2 + lambda ||W - Q||_F^2 <= sum_j delta_j^2/4 (lambda n + kappa^2/log(1 + kappa^2/lambda) "
                    "sum_i log(1 + s_i^2/lambda)),\n"
                    "s_i the singular values of Xq, n its columns that are not 0; X != Xq: as optq_deterministic",
         .hypotheses = wording::sentences(
             {"lambda > 0; nearest rounding, for a list of levels with its largest gap in place of delta_j; nothing "
              "clips (judged after the run). Never below optq_deterministic: it says what damping does.",
              wording::certificate, wording::calibration_only}),
         .source =
             "theory, O2: d_t^2 = lambda (1 + a_t), prod_t d_t^2 = det H, and the logarithm is concave; cf. arXiv "
             "2508.04853"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .deterministic = true,
    .concerns = is_nearest_optq,
    .evaluate = evaluate,
    .terms = [](const LayerFacts& facts) { return terms_with_solution(rounding_bound(facts), facts); },
});

}  // namespace optq_damping_line
}  // namespace pathquant
