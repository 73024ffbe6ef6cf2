// T1.1: the rate of GPFQ with three levels on Gaussian columns.
//
//   symbol   meaning
//   m, N     samples, width
//   sigma    standard deviation of an entry
//   delta_j  step of neuron j
//
// For w with |w_t| <= 1, the alphabet {-1, 0, 1} and N(0, sigma^2 I_m) columns, ||Xw - Xq|| <= C' sigma m log N with
// probability 1 - C exp(-c m log N), where the constants depend on how near the weights come to the levels. Scaled by
// the step and summed over the neurons: ||U||_F^2 ~ sum_j delta_j^2 sigma^2 m^2 log^2 N. Divided by ||XW||_F^2 ~
// sigma^2 m ||W||_F^2 this is the paper's relative error sqrt(m) log N/||w||.
//
// Departs from the paper in one point: it asks for a distance from every level, and by the proof of gpfq_finite the
// distance from the outermost one is enough.
#include "core/bounds/shared/lifts.hpp"
#include "core/bounds/shared/rates.hpp"

namespace pathquant {
namespace gpfq_gaussian_rate_line {

Failure weights_within_three_levels(const LayerFacts& facts) {
  const Alphabet& alphabet = facts.alphabet;
  if (alphabet.kind != AlphabetKind::midtread || alphabet.half_levels != 1)
    return NotApplicable{"it is known for the three levels -step, 0, step only"};
  // Levels up to the largest weight leave no distance, whatever rounding makes of the step.
  if ((facts.statistics.largest_weights.array() >= alphabet.steps.array() * (1 - 1e-9)).any())
    return NotApplicable{"some weights reach the outermost level"};
  return {};
}

Failure gaussian_columns(const LayerFacts& facts) {
  if (facts.columns.gaussian_sigma) return {};
  return NotApplicable{"the columns are not known to be Gaussian"};
}

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure =
          first_failure({inputs_and_steps(facts), no_threshold(facts), same_inputs(facts), independent_columns(facts),
                         gaussian_columns(facts), grows_with_features(facts)}))
    return *failure;
  if (const Failure failure = weights_within_three_levels(facts)) return *failure;
  const double m_log_n = static_cast<double>(facts.shape.samples) * log_width(facts);
  const double sigma = *facts.columns.gaussian_sigma;
  return squared_steps(facts.alphabet) * sigma * sigma * m_log_n * m_log_n;
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "gpfq_gaussian_rate",
         .version = 1,
         .summary = "rate of GPFQ's error with three levels on Gaussian columns, without its constant (T1.1)",
         .formula = "||U||_F^2 ~ sum_j delta_j^2 sigma^2 m^2 log^2 N;  relative error ~ sqrt(m) log N/||w||",
         .hypotheses = wording::sentences(
             {"Independent Gaussian columns; X == Xq; nearest rounding to three levels, clipped decisions "
              "included; every weight below the outermost level, by a distance that does not shrink along the "
              "axis (the constant depends on it); W, the alphabet and the order of the columns do not look at "
              "X.",
              wording::slope_only, wording::law_only, wording::calibration_only}),
         .source = "Lybrand & Saab 2020, arXiv 2010.15979 (recalled; rate only)"},
    .kind = BoundKind::decay,
    .quantity = Quantity::error_energy,
    .concerns = is_deterministic_path,
    .evaluate = evaluate,
});

}  // namespace gpfq_gaussian_rate_line
}  // namespace pathquant
