// What Qronos is expected to leave. Symbols: core/bounds/shared/feedback_energy.hpp; the rounding errors behind the
// first are taken as uncorrelated, of mean 0 and variance delta_j^2/12.
#include "core/bounds/shared/feedback_prediction.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace qronos_prediction_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  return predict_feedback(facts, nearest_variance);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "qronos_prediction",
         .version = 2,
         .summary = "expected error energy of Qronos on these columns",
         .formula =
             "||U||_F^2 ~ ||XW - XqW*||_F^2 + sum_j delta_j^2/12 ||Xq T||_F^2 + sum_j (w*_1j - c_1j)^2 ||Xq T e_1||^2,\n"
             "T_tt = 1,  T_{>t,t} = -H_{>t,>t}^{-1} H_{>t,t},  H = Xq^T Xq + lambda I;  c_1j the argument of the first "
             "decision",
         .hypotheses = wording::sentences({"Equispaced levels; nothing clips; the weights spread evenly over the steps "
                                           "(less so where N >= 4m).",
                                           wording::never_a_bound, wording::certificate}),
         .source =
             "theory, 0.2 and O4 with rounding errors of variance delta_j^2/12 (white noise); cf. arXiv 2508.04853"},
    .kind = BoundKind::prediction,
    .quantity = Quantity::error_energy,
    .needs_facts = {"feedback_transfer"},
    .concerns = is_qronos,
    .evaluate = evaluate,
});

}  // namespace qronos_prediction_line
}  // namespace pathquant
