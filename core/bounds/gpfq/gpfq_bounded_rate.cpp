// T2.2: the relative rate of GPFQ on bounded columns.
//
//   symbol   meaning
//   m, N     samples, width
//   rho_j    largest rounding error of neuron j: core/bounds/shared/rounding_error.hpp
//   r        ||Xq_t|| <= r
//
// The bound ||U||_F^2 <= 4 sum_j rho_j^2 r^2 m log N (gpfq_paper) over the expected energy of XW is the paper's
// relative rate m log N/N for weights of a fixed law. Over an expected energy it bounds no ratio, so only its slope is
// kept.
#include "core/bounds/shared/column_moments.hpp"
#include "core/bounds/shared/rates.hpp"
#include "core/bounds/shared/rounding_error.hpp"

namespace pathquant {
namespace gpfq_bounded_rate_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure =
          first_failure({inputs_and_steps(facts), bounded_rounding(facts), nothing_clipped(facts), same_inputs(facts),
                         independent_columns(facts), columns_without_preference(facts), grows_with_features(facts)}))
    return *failure;
  const auto radius = largest_norm(facts.columns, facts.shape.samples);
  if (!radius) return NotApplicable{"the columns of Xq are not known to be bounded"};
  const auto m = static_cast<double>(facts.shape.samples);
  return squared_rounding_errors(facts) * *radius * *radius * m * log_width(facts);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "gpfq_bounded_rate",
         .version = 1,
         .summary = "rate of GPFQ's relative error on bounded columns, without its constant (T2.2)",
         .formula = "||U||_F^2 ~ sum_j rho_j^2 r^2 m log N;  relative squared error ~ m log N/N\n"
                    "rho_j = delta_j/2 (nearest), threshold + delta_j/2 (soft), max(threshold, delta_j/2) "
                    "(hard)",
         .hypotheses = wording::sentences(
             {"Columns of Xq independent and bounded, of exchangeable sign-symmetric entries, never 0; X == "
              "Xq; nearest, soft or hard rounding; W, the alphabet and the order of the columns do not look at "
              "X; nothing clips.",
              wording::slope_only, wording::law_only, wording::calibration_only}),
         .source = "Zhang, Zhou & Saab 2022, arXiv 2201.11113 (recalled rate; its bound is gpfq_paper)"},
    .kind = BoundKind::decay,
    .quantity = Quantity::error_energy,
    .concerns = is_deterministic_path,
    .evaluate = evaluate,
});

}  // namespace gpfq_bounded_rate_line
}  // namespace pathquant
