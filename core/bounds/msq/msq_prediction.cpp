// What memoryless rounding to the nearest level is expected to cost.
//
//   symbol     meaning
//   delta_j    step of neuron j
//   ||Xq||_F^2 sum_t ||Xq_t||^2
//
// U = (X - Xq) W + Xq (W - Q), and the entries of W - Q are taken as uncorrelated, of mean 0 and variance delta_j^2/12.
#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/lifts.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace msq_prediction_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), uniform_alphabet(facts), nothing_clipped(facts),
                                             evenly_rounded_weights(facts), unbiased_rounding(facts)}))
    return *failure;
  return facts.statistics.drift_energy + squared_steps(facts.alphabet) / 12.0 * facts.statistics.input_energy;
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "msq_prediction",
         .version = 1,
         .summary = "expected error energy of rounding each weight by itself",
         .formula = "E||U||_F^2 ~ ||(X - Xq)W||_F^2 + sum_j delta_j^2/12 ||Xq||_F^2",
         .hypotheses =
             wording::sentences({"X is given; equispaced levels; nothing clips; the weights spread evenly over "
                                 "the steps, to both sides unless the inputs cancel.",
                                 wording::never_a_bound}),
         .source = "theory (white noise): U = (X - Xq)W + Xq(W - Q) with the entries of W - Q uncorrelated, of mean 0 "
                   "and variance delta_j^2/12; the baseline of arXiv 2010.15979"},
    .kind = BoundKind::prediction,
    .quantity = Quantity::error_energy,
    .concerns = is_memoryless_nearest,
    .evaluate = evaluate,
});

}  // namespace msq_prediction_line
}  // namespace pathquant
