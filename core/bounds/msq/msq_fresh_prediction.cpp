// What memoryless rounding is expected to do on fresh rows. Symbols:
// core/bounds/shared/fresh_prediction.hpp.
#include "core/bounds/shared/fresh_prediction.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace msq_fresh_prediction_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure = first_failure({evenly_rounded_weights(facts), unbiased_rounding(facts)})) return *failure;
  return predict_fresh(facts, nearest_variance, &FreshSpread::memoryless);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "msq_fresh_prediction",
         .version = 1,
         .summary = "expected relative squared error of rounding each weight by itself on fresh rows of a known law",
         .formula = "E ||z^T(W - Q)||^2/E ||z^T W||^2 ~ sum_j delta_j^2/12 tr Sigma/tr(W^T Sigma W),  Sigma = E z z^T",
         .hypotheses = wording::sentences(
             {"X == Xq; E z z^T is known; no column of X is 0; equispaced levels, no threshold; nothing clips; the "
              "weights spread evenly over the steps, to both sides unless the inputs cancel.",
              "A ratio of expectations for this X and W: the measured ratio is that of sums over the fresh rows.",
              wording::never_a_bound}),
         .source = "theory, 0.2: the entries of W - Q uncorrelated, of mean 0 and variance delta_j^2/12"},
    .kind = BoundKind::prediction,
    .quantity = Quantity::fresh_relative_squared_error,
    .needs_fresh_spread = true,
    .concerns = is_memoryless_nearest,
    .evaluate = evaluate,
});

}  // namespace msq_fresh_prediction_line
}  // namespace pathquant
