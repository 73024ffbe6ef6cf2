// O4: Qronos's error on any data, with certainty.
//
// Symbols and derivation: core/bounds/shared/feedback_energy.hpp. Qronos is error feedback from the least-squares
// solution W* but for its first argument, so the first step costs (w*_1 - q_1)^2 d_1^2, as it was; |xi_t| <= rho_j for
// the others.
#include "core/bounds/shared/feedback_energy.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace qronos_deterministic_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  return certain_feedback_bound(facts);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "qronos_deterministic",
         .version = 1,
         .summary = "bound on Qronos's error energy on any data, with certainty (O4)",
         .formula =
             "||U||_F^2 + lambda ||W - Q||_F^2 <= ||XW - XqW*||_F^2 + lambda ||W* - W||_F^2 + sum_j (w*_1j - q_1j)^2 "
             "d_1^2 + sum_j delta_j^2/4 sum_{t>1} d_t^2,\n"
             "d_t^2 = H_tt - H_{t,>t} H_{>t,>t}^{-1} H_{>t,t},  H = Xq^T Xq + lambda I;  X == Xq: optq_deterministic",
         .hypotheses = wording::sentences(
             {"Nearest rounding, for a list of levels with its largest gap in place of delta_j, for groups of weights with delta_tj in place of delta_j; nothing clips (judged "
              "after the run). The first two terms are what no Q can avoid.",
              wording::certificate, wording::calibration_only}),
         .source = "theory, O4: the error is the least-squares floor and the sum of the squared roundings times d_t^2 "
                   "exactly; cf. arXiv 2508.04853"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .deterministic = true,
    .concerns = is_qronos,
    .evaluate = evaluate,
    .terms = [](const LayerFacts& facts) { return terms_with_solution(largest_rounding_energy(facts), facts); },
});

}  // namespace qronos_deterministic_line
}  // namespace pathquant
