// T2.4: the rate of GPFQ on rows around a few centres.
//
//   symbol   meaning
//   m, N     samples, width
//   d        centres, at most m of which have rows
//   rho_j    largest rounding error of neuron j: core/bounds/shared/rounding_error.hpp
//
// The structure of the bounded case with the dimension m of a column replaced by that of the centres, d, and r^2 by the
// mean squared norm of a column, m E x^2: ||U||_F^2 ~ sum_j rho_j^2 m E x^2 d log N.
#include <algorithm>

#include "core/bounds/shared/rates.hpp"
#include "core/bounds/shared/rounding_error.hpp"

namespace pathquant {
namespace gpfq_clusters_rate_line {

Failure clustered_rows(const LayerFacts& facts) {
  if (!facts.columns.clusters || !facts.columns.entry_second_moment)
    return NotApplicable{"the rows of Xq are not known to lie around Gaussian centres"};
  return {};
}

BoundValue evaluate(const LayerFacts& facts, double /*eta*/) {
  if (const Failure failure =
          first_failure({inputs_and_steps(facts), bounded_rounding(facts), nothing_clipped(facts), same_inputs(facts),
                         clustered_rows(facts), natural_order(facts), grows_with_features(facts)}))
    return *failure;
  const auto m = static_cast<double>(facts.shape.samples);
  const auto d = static_cast<double>(std::min(*facts.columns.clusters, facts.shape.samples));
  return squared_rounding_errors(facts) * m * *facts.columns.entry_second_moment * d * log_width(facts);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "gpfq_clusters_rate",
         .version = 1,
         .summary = "rate of GPFQ's error on rows around Gaussian centres, without its constant (T2.4)",
         .formula = "||U||_F^2 ~ sum_j rho_j^2 m E x^2 d log N,  d = centres (at most m);  relative squared "
                    "error ~ d log N/N",
         .hypotheses = wording::sentences(
             {"Rows around d Gaussian centres with little spread; X == Xq; nearest, soft or hard rounding; W, "
              "the alphabet and the order of the columns do not look at X; nothing clips. That d takes the "
              "place of m is recalled as an order of magnitude: the spread adds directions that it does not "
              "count.",
              wording::slope_only, wording::calibration_only}),
         .source = "Zhang, Zhou & Saab 2022, arXiv 2201.11113 (recalled; rate only)"},
    .kind = BoundKind::decay,
    .quantity = Quantity::error_energy,
    .concerns = is_deterministic_path,
    .evaluate = evaluate,
});

}  // namespace gpfq_clusters_rate_line
}  // namespace pathquant
