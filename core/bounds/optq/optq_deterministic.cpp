// O1: OPTQ's error on any data, with certainty.
//
// Symbols and derivation: core/bounds/shared/feedback_energy.hpp, with |xi_t| <= rho_j.
#include "core/bounds/shared/feedback_energy.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace optq_deterministic_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  return certain_feedback_bound(facts);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "optq_deterministic",
         .version = 1,
         .summary = "bound on OPTQ's error energy on any data, with certainty (O1)",
         .formula =
             "||U||_F^2 + lambda ||W - Q||_F^2 <= sum_j delta_j^2/4 sum_t d_t^2,  d_t^2 = H_tt - H_{t,>t} "
             "H_{>t,>t}^{-1} H_{>t,t},  H = Xq^T Xq + lambda I\n"
             "X != Xq, alpha 1: + ||XW - XqW*||_F^2 + lambda ||W* - W||_F^2;  alpha < 1: ||U||_F <= ||XW - XqW~||_F + "
             "root",
         .hypotheses = wording::sentences(
             {"Nearest rounding, for a list of levels with its largest gap in place of delta_j, for groups of weights with delta_tj in place of delta_j; nothing clips (judged "
              "after the run). Attained where every argument lies halfway between two levels, so a comparison needs a "
              "tolerance fit for the precision.",
              wording::certificate, wording::calibration_only}),
         .source = "theory, O1: the error is sum_t xi_t^2 d_t^2 exactly, with |xi_t| <= delta_j/2; cf. arXiv "
                   "2508.04853"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .deterministic = true,
    .concerns = is_nearest_optq,
    .evaluate = evaluate,
    .terms = [](const LayerFacts& facts) { return terms_with_solution(largest_rounding_energy(facts), facts); },
});

}  // namespace optq_deterministic_line
}  // namespace pathquant
