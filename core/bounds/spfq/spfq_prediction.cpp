// What path following with stochastic rounding is expected to leave, from the columns it ran on. Symbols and
// derivation: core/bounds/shared/path_prediction.hpp.
#include "core/bounds/shared/path_prediction.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace spfq_prediction_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  return predict_path(facts, stochastic_variance);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "spfq_prediction",
         .version = 1,
         .summary = "expected error energy of path following with stochastic rounding on these columns",
         .formula =
             "E||U||_F^2 ~ ||Uhat||_F^2 + sum_j delta_j^2/6 tr S,  S = sum_t v_t v_t^T,  v_t = P_N...P_{t+1} Xq_t",
         .hypotheses = wording::sentences({"Equispaced levels, no threshold; nothing clips; the weights spread evenly "
                                           "over the steps (less so where N >= 4m).",
                                           wording::never_a_bound, wording::certificate}),
         .source = "theory (white noise): U = Uhat + sum_t xi_t v_t with the rounding errors xi_t uncorrelated, of "
                   "mean 0 and "
                   "variance delta_j^2/6; cf. arXiv 2309.10975"},
    .kind = BoundKind::prediction,
    .quantity = Quantity::error_energy,
    .needs_path_covariance = true,
    .concerns = is_stochastic_path,
    .evaluate = evaluate,
});

}  // namespace spfq_prediction_line
}  // namespace pathquant
