// T1.4: the mean of GPFQ's error over a law of the columns.
//
//   symbol   meaning
//   rho_j    largest rounding error of neuron j: core/bounds/shared/rounding_error.hpp
//   m, N     samples, width
//   xi_t, S  rounding error of step t, |xi_t| <= rho_j, and sum_t v_t v_t^T: core/bounds/shared/bound.hpp
//   a        E||X_1||^2: core/bounds/shared/column_moments.hpp
//
// ||u_t||^2 = (1 - cos_t^2) ||u_{t-1}||^2 + xi_t^2 ||X_t||^2, cos_t the cosine between X_t and u_{t-1}. X_t
// prefers no direction and is independent of u_{t-1}, so E cos_t^2 = 1/m given u_{t-1}; and xi_t^2 <= rho_j^2.
// Unrolled, E||u_N||^2 <= rho_j^2 a m (1 - (1 - 1/m)^N), which is rho_j^2 E tr S. A w_t chosen from X_1..X_t so that
// |xi_t| = rho_j always attains it.
#include "core/bounds/shared/expected_trace.hpp"
#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/rounding_error.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace gpfq_mean_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure =
          first_failure({inputs_and_steps(facts), bounded_rounding(facts), nothing_clipped(facts), same_inputs(facts),
                         independent_or_sorted_columns(facts), columns_of_known_energy(facts)}))
    return *failure;
  return squared_rounding_errors(facts) * expected_trace(facts.columns, facts.law_samples(), facts.shape.width);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "gpfq_mean",
         .version = 1,
         .summary = "bound on GPFQ's mean error energy over the law of the columns (T1.4)",
         .formula = "E||U||_F^2 <= sum_j rho_j^2 E||X_1||^2 m (1 - (1 - 1/m)^N);\n"
                    "rho_j = delta_j/2 (nearest), threshold + delta_j/2 (soft), max(threshold, delta_j/2) (hard);\n"
                    "E||X_1||^2 = sigma^2 m (Gaussian), r^2 m/(m+2) (ball), m E x^2 (symmetric entries)",
         .hypotheses = wording::sentences(
             {"Independent columns, Gaussian, uniform in a ball, or of exchangeable sign-symmetric entries, never 0; X "
              "== Xq; nearest, soft or hard rounding; W, the "
              "alphabet and the order of "
              "the columns do not look at X (decreasing norm is allowed); nothing clips.",
              wording::mean_and_clipping,
              "A mean over X: compare means of the absolute error, never the mean of relative errors.",
              wording::law_only, wording::calibration_only, wording::one_width}),
         .source = "theory, T1.4: ||u_t||^2 = (1 - cos^2)||u_{t-1}||^2 + xi_t^2 ||X_t||^2 with E cos^2 = 1/m and "
                   "|xi_t| <= rho_j; cf. arXiv 2010.15979, 2201.11113"},
    .kind = BoundKind::upper_mean,
    .quantity = Quantity::error_energy,
    .concerns = is_deterministic_path,
    .evaluate = evaluate,
});

}  // namespace gpfq_mean_line
}  // namespace pathquant
