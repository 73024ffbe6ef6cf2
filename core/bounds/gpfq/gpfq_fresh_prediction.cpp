// What path following with nearest rounding is expected to do on fresh rows. Symbols:
// core/bounds/shared/fresh_prediction.hpp.
#include "core/bounds/shared/fresh_prediction.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace gpfq_fresh_prediction_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), even_arguments(facts)})) return *failure;
  return predict_fresh(facts, nearest_variance, &FreshSpread::path);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "gpfq_fresh_prediction",
         .version = 1,
         .summary = "expected relative squared error of GPFQ on fresh rows of a known law",
         .formula =
             "E ||z^T(W - Q)||^2/E ||z^T W||^2 ~ sum_j delta_j^2/12 tr(D M^{-T} Sigma M^{-1} D)/tr(W^T Sigma W),\n"
             "Sigma = E z z^T,  M the lower triangle of X^T X with diagonal D",
         .hypotheses = wording::sentences(
             {"X == Xq; E z z^T is known; no column of X is 0; equispaced levels, no threshold; nothing clips; the "
              "weights spread evenly over the steps (less so where N >= 4m).",
              "A ratio of expectations for this X and W: the measured ratio is that of sums over the fresh rows.",
              wording::never_a_bound}),
         .source =
             "theory, last row of 0.2: W - Q = M^{-1} D xi (F2), xi uncorrelated of mean 0 and variance delta_j^2/12"},
    .kind = BoundKind::prediction,
    .quantity = Quantity::fresh_relative_squared_error,
    .needs_fresh_spread = true,
    .concerns = is_deterministic_path,
    .evaluate = evaluate,
});

}  // namespace gpfq_fresh_prediction_line
}  // namespace pathquant
