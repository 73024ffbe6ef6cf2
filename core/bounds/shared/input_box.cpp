// The largest error on the smallest box of inputs that has all calibration rows, exactly.
//
//   symbol   meaning
//   z, e     a row of Xq, and of X - Xq
//   c, rho   centre and radius of the box of z;  c', rho'  of e
//   d_j      w_j - q_j
//
// |<x, w_j> - <z, q_j>| = |<z, d_j> + <e, w_j>| <= |<c, d_j> + <c', w_j>| + sum_t (rho_t |d_tj| + rho'_t |w_tj|), and a
// corner of the boxes attains it: core/facts/input_box.hpp. With c = 0 this is sum_t r_t |d_tj|, r_t = max_i
// |Xq_it|, which is never less.
#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace input_box_line {

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  return facts.fact("input_box")(0);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "input_box",
         .version = 1,
         .summary = "bound on the largest error on any input of the box of the calibration data, with certainty",
         .formula =
             "max_j |<x, w_j> - <xq, q_j>| <= max_j ( |<c, d_j> + <c', w_j>| + sum_t (rho_t |d_tj| + rho'_t "
             "|w_tj|) ),  d_j = w_j - q_j,\n"
             "|xq_t - c_t| <= rho_t,  |x_t - xq_t - c'_t| <= rho'_t: between the least and the greatest value of "
             "each feature in Xq, and in X - Xq (c', rho' 0 where X == Xq)",
         .hypotheses = wording::sentences(
             {"Any X, Xq, W and Q, clipped or not, whatever made it. For every input of the box, on which some corner "
              "attains it; so also for fresh rows whose features stay between those of the calibration data, and for "
              "no others.",
              "A box has far worse corners than data: without cancellation the value grows like N, the error of data "
              "like sqrt(N) or less."}),
         .source = "derived: interval arithmetic by centre and radius; cf. arXiv 2304.13812"},
    .kind = BoundKind::upper,
    .quantity = Quantity::max_abs_error,
    .deterministic = true,
    .needs_facts = {"input_box"},
    .concerns = [](const QuantizerTraits&) { return true; },
    .evaluate = evaluate,
});

}  // namespace input_box_line
}  // namespace pathquant
