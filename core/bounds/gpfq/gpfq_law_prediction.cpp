// What path following with nearest rounding is expected to leave, from the law of the columns alone. Symbols:
// core/bounds/shared/path_prediction.hpp.
#include "core/bounds/shared/path_prediction.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace gpfq_law_prediction_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  return predict_path_by_law(facts, nearest_variance);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "gpfq_law_prediction",
         .version = 1,
         .summary = "expected error energy of path following with nearest rounding for columns of this law",
         .formula = "E||U||_F^2 ~ sum_j delta_j^2/12 E tr S,  E tr S = E||X_1||^2 m (1 - (1 - 1/m)^N);\n"
                    "E||X_1||^2 = sigma^2 m (Gaussian), r^2 m/(m+2) (ball), m E x^2 (symmetric entries)",
         .hypotheses =
             wording::sentences({"Independent columns, Gaussian, uniform in a ball, or of exchangeable sign-symmetric "
                                 "entries, never 0; X == Xq; equispaced levels, no threshold; the step does "
                                 "not look at X; nothing clips; the weights spread "
                                 "evenly over the steps (less so where N >= 4m).",
                                 wording::never_a_bound, wording::law_only}),
         .source =
             "theory (white noise): E||U||_F^2 = sum_j var(xi_j) tr S with variance delta_j^2/12, and the mean of "
             "tr S by E cos^2 = 1/m; cf. arXiv 2010.15979"},
    .kind = BoundKind::prediction,
    .quantity = Quantity::error_energy,
    .concerns = is_deterministic_path,
    .evaluate = evaluate,
});

}  // namespace gpfq_law_prediction_line
}  // namespace pathquant
