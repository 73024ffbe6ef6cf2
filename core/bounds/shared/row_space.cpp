// T1.2: the error on fresh points of the row space of X, exactly.
//
//   symbol   meaning
//   z_j      standard normal on the row space of X, one for every neuron, independent of all else
//   u_j      X(w_j - q_j), the error on the calibration data
//   X^+      pseudo-inverse of X
//
// Given X, W and Q the numbers z_j^T(w_j - q_j) are independent N(0, ||X^+ u_j||^2): core/facts/row_space.hpp. So
// the largest of them exceeds the quantile of core/bounds/shared/largest_normal.hpp with probability eta, not less: an
// audit finds it violated in a share eta of all trials. For one point z for all neurons it is a bound (Sidak's
// inequality).
#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/largest_normal.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace row_space_line {

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({same_inputs(facts)})) return *failure;
  if (facts.row_space_deviations.size() == 0) return NotApplicable{"no point of the row space was drawn"};
  return largest_normal_quantile(facts.row_space_deviations, eta);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "row_space",
         .version = 1,
         .summary = "the error on fresh points of the row space of X, as an exact quantile (T1.2)",
         .formula =
             "max_j |z_j^T(w_j - q_j)| <= x,  prod_j erf(x/(sqrt2 d_j)) = 1 - eta,  d_j = ||X^+ X(w_j - q_j)||,\n"
             "z_j = X^+ X h_j, h_j ~ N(0, I_N): one neuron has x = d Phi^{-1}(1 - eta/2)",
         .hypotheses = wording::sentences(
             {"X == Xq; any X, W and Q, clipped or not; z_j normal on the row space of X and independent of them.",
              "It is attained: the share of violations is eta, up to chance.",
              "Not about fresh data in general: these have a part outside the row space, which calibration does not "
              "see, and that is most of their error where N > m."}),
         .source = "theory, T1.2: z^T(w - q) ~ N(0, ||diag(1/s) U_s^T u||^2) given X, w and q; cf. arXiv 2010.15979"},
    .kind = BoundKind::upper,
    .quantity = Quantity::row_space_error,
    .concerns = [](const QuantizerTraits&) { return true; },
    .evaluate = evaluate,
});

}  // namespace row_space_line
}  // namespace pathquant
