// What OPTQ is expected to leave. Symbols: core/bounds/shared/feedback_energy.hpp; the rounding errors are taken as
// uncorrelated, of mean 0 and variance delta_j^2/12 (nearest) or delta_j^2/6 (stochastic).
#include "core/bounds/shared/feedback_prediction.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace optq_prediction_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  return predict_feedback(facts,
                          facts.quantizer.rounding == Rounding::stochastic ? stochastic_variance : nearest_variance);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "optq_prediction",
         .version = 2,
         .summary = "expected error energy of OPTQ on these columns",
         .formula =
             "||U||_F^2 ~ ||XW - XqW~||_F^2 + c sum_j delta_j^2 ||Xq T||_F^2,  c = 1/12 (nearest), 1/6 (stochastic);\n"
             "T_tt = 1,  T_{>t,t} = -H_{>t,>t}^{-1} H_{>t,t},  H = Xq^T Xq + lambda I: W~ - Q = T xi;\n"
             "without damping ||Xq T||_F^2 = sum_t d_t^2",
         .hypotheses = wording::sentences({"Equispaced levels; nothing clips; the weights spread evenly over the steps "
                                           "(less so where N >= 4m).",
                                           wording::never_a_bound, wording::certificate}),
         .source =
             "theory, 0.2 (white noise): W~ - Q = T xi with rounding errors of variance delta_j^2/12 or delta_j^2/6; "
             "cf. arXiv 2508.04853"},
    .kind = BoundKind::prediction,
    .quantity = Quantity::error_energy,
    .needs_facts = {"feedback_transfer"},
    .concerns = is_optq,
    .evaluate = evaluate,
});

}  // namespace optq_prediction_line
}  // namespace pathquant
