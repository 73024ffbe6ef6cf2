// T2.1 in the form of the paper, with its own failure probability.
//
//   symbol   meaning
//   rho_j    largest rounding error of neuron j: core/bounds/shared/rounding_error.hpp
//   m, N     samples, width; s^2 = 1/m
//   r        ||Xq_t|| <= r;  x  the number that the exponential moment is taken at
//
// The exponential moment of core/bounds/shared/exponential_moment.hpp at e^x = (1 - s^2)^{-1/2}, where its fixed point
// is 1 + 1/sqrt(1 - s^2), with -log(1 - s^2) >= s^2:
//   P(||u_j||^2 >= (4 rho_j^2 r^2/s^2) log N) <= (1 + 1/sqrt(1 - s^2))/N^2,
// and the layer by convexity with the sum of the rho_j^2 and no union. The paper has 2 in place of the first 1. At
// m = 1 (s^2 = 1) the last column alone counts: ||u_j||^2 <= rho_j^2 r^2, always.
#include <fmt/format.h>

#include <cmath>

#include "core/bounds/shared/column_moments.hpp"
#include "core/bounds/shared/lifts.hpp"
#include "core/bounds/shared/rounding_error.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace gpfq_paper_line {

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), bounded_rounding(facts), nothing_clipped(facts),
                                             independent_or_sorted_columns(facts), columns_without_preference(facts),
                                             independent_pairs(facts)}))
    return *failure;
  const auto radius = largest_norm(facts.columns, facts.law_samples());
  if (!radius) return NotApplicable{"the columns of Xq are not known to be bounded"};
  const double scale = squared_rounding_errors(facts) * *radius * *radius;
  if (facts.law_samples() == 1) return with_alignment(scale, facts);
  const auto m = static_cast<double>(facts.law_samples());
  const auto n = static_cast<double>(facts.shape.width);
  const double failure = (1.0 + 1.0 / std::sqrt(1.0 - 1.0 / m)) / (n * n);
  if (failure > eta)
    return NotApplicable{fmt::format(
        "its own failure probability (1 + 1/sqrt(1 - 1/m))/N^2 = {:.2g} exceeds the {:.2g} asked for", failure, eta)};
  return with_alignment(4.0 * scale * m * std::log(n), facts);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "gpfq_paper",
         .version = 1,
         .summary = "bound on GPFQ's error energy for bounded columns in the form of the paper (T2.1)",
         .formula = "||U||_F <= ||Uhat||_F + sqrt( 4 sum_j rho_j^2 r^2 m log N ),  ||Xq_t|| <= r (m = 1: sum_j rho_j^2 "
                    "r^2),\n"
                    "with failure probability (1 + 1/sqrt(1 - 1/m))/N^2, drawn where that is at most eta;\n"
                    "rho_j = delta_j/2 (nearest), threshold + delta_j/2 (soft), max(threshold, delta_j/2) (hard)",
         .hypotheses = wording::sentences(
             {"Columns of Xq independent and bounded, of exchangeable sign-symmetric entries, never 0; where X != Xq "
              "the pairs (X_t, Xq_t) are independent; nearest, soft or hard rounding; W, the alphabet and the order of "
              "the columns do not look at X (decreasing norm is allowed); nothing clips.",
              wording::joint_event, wording::law_only, wording::calibration_only, wording::one_width,
              "It does not depend on eta. Some 30 to 50 times the largest error of 10^4 neurons: the distance is no "
              "property of the quantizer."}),
         .source = "Zhang, Zhou & Saab 2022, arXiv 2201.11113 (form recalled, constants proved in our theory, T2.1 and "
                   "T2.3); s^2 = 1/m; convexity over the neurons"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .concerns = is_deterministic_path,
    .evaluate = evaluate,
});

}  // namespace gpfq_paper_line
}  // namespace pathquant
