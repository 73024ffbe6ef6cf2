// T1.7: GPFQ's error on any data, with certainty.
//
//   symbol   meaning
//   rho_j    largest rounding error of neuron j: core/bounds/shared/rounding_error.hpp
//   P_t      I - Xq_t Xq_t^T/||Xq_t||^2
//   v_t, V   P_N ... P_{t+1} Xq_t, and the matrix of these columns;  S = V V^T
//   xi_t     rounding error of step t
//
// u_j = uhat_j + sum_t xi_t v_t with |xi_t| <= rho_j. Three ways to bound ||sum_t xi_t v_t||:
//   ||u_t||^2 = ||P_t u_{t-1}||^2 + xi_t^2 ||Xq_t||^2 gives rho_j (sum_t ||Xq_t||^2)^{1/2};
//   ||V xi|| <= ||V||_op ||xi|| gives rho_j (N ||S||_op)^{1/2};   the triangle inequality gives rho_j sum_t ||v_t||.
#include <algorithm>

#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/lifts.hpp"
#include "core/bounds/shared/rounding_error.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace gpfq_deterministic_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), bounded_rounding(facts), nothing_clipped(facts)}))
    return *failure;
  double squared = facts.statistics.input_energy;
  if (const auto& path = facts.statistics.path)
    squared =
        std::min({squared, static_cast<double>(facts.shape.width) * path->norm, path->sum_norms * path->sum_norms});
  return with_alignment(squared_rounding_errors(facts) * squared, facts);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "gpfq_deterministic",
         .version = 1,
         .summary = "bound on GPFQ's error energy on any data, with certainty (T1.7)",
         .formula = "||U||_F <= ||Uhat||_F + sqrt(sum_j rho_j^2) min{ ||Xq||_F, sqrt(N ||S||_op), sum_t ||v_t|| }\n"
                    "(the last two where S is there), rho_j = delta_j/2 (nearest), threshold + delta_j/2 (soft),\n"
                    "max(threshold, delta_j/2) (hard)",
         .hypotheses = wording::sentences(
             {"Nearest, soft or hard rounding, for a list of levels with its largest gap in place of delta_j; nothing "
              "clips (judged after the run). Attained (N = 1; orthogonal columns with "
              "weights half "
              "a step off), so a comparison needs a tolerance fit for the precision. Grows like N/m above the error: a "
              "safety net.",
              wording::certificate, wording::calibration_only}),
         .source = "theory, T1.7: U = Uhat + sum_t xi_t v_t with |xi_t| <= rho_j, bounded in three ways; cf. arXiv "
                   "2010.15979"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .deterministic = true,
    .improved_by_path_covariance = true,
    .concerns = is_deterministic_path,
    .evaluate = evaluate,
});

}  // namespace gpfq_deterministic_line
}  // namespace pathquant
