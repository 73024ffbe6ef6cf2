// What path following with nearest rounding is expected to leave, from the columns it ran on. Symbols and derivation:
// core/bounds/shared/path_prediction.hpp.
#include "core/bounds/shared/path_prediction.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace gpfq_prediction_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  return predict_path(facts, nearest_variance);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "gpfq_prediction",
         .version = 1,
         .summary = "expected error energy of path following with nearest rounding on these columns",
         .formula =
             "E||U||_F^2 ~ ||Uhat||_F^2 + sum_j delta_j^2/12 tr S,  S = sum_t v_t v_t^T,  v_t = P_N...P_{t+1} Xq_t",
         .hypotheses = wording::sentences({"Equispaced levels, no threshold; nothing clips; the weights spread evenly "
                                           "over the steps (less so where N >= 4m).",
                                           wording::never_a_bound, wording::certificate}),
         .source = "theory (white noise): U = Uhat + sum_t xi_t v_t with the rounding errors xi_t uncorrelated, of "
                   "mean 0 and "
                   "variance delta_j^2/12; cf. arXiv 2010.15979"},
    .kind = BoundKind::prediction,
    .quantity = Quantity::error_energy,
    .needs_path_covariance = true,
    .concerns = is_deterministic_path,
    .evaluate = evaluate,
});

}  // namespace gpfq_prediction_line
}  // namespace pathquant
