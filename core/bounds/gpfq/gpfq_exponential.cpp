// T2.1 at a given failure probability: GPFQ's error by its exponential moment.
//
//   symbol   meaning
//   rho_j    largest rounding error of neuron j: core/bounds/shared/rounding_error.hpp
//   m        samples; s^2 = 1/m
//   r        ||Xq_t|| <= r;  sigma  standard deviation of an entry of Gaussian columns
//   lambda   argument of the exponential moment E exp(lambda ||u~_j||^2), q in (0, 1) the number that it is chosen by
//   U~       U - Uhat, with Uhat the residual of one alignment pass (0 where X == Xq)
//
// One neuron at rho = 1: core/bounds/shared/exponential_moment.hpp. The layer by convexity: with p_j = rho_j^2/sum_i
// rho_i^2 and b_j = ||u~_j||^2/rho_j^2, E exp(lambda sum_j p_j b_j) <= sum_j p_j E exp(lambda b_j), so sum_j ||u~_j||^2
// obeys sum_j rho_j^2 times the bound of one neuron, whatever the neurons share.
#include <algorithm>
#include <limits>

#include "core/bounds/shared/column_moments.hpp"
#include "core/bounds/shared/exponential_moment.hpp"
#include "core/bounds/shared/lifts.hpp"
#include "core/bounds/shared/rounding_error.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace gpfq_exponential_line {

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), bounded_rounding(facts), nothing_clipped(facts),
                                             independent_or_sorted_columns(facts), columns_without_preference(facts),
                                             independent_pairs(facts)}))
    return *failure;
  const Index samples = facts.law_samples();
  double one = std::numeric_limits<double>::infinity();
  if (const auto sigma = facts.columns.gaussian_sigma) one = *sigma * *sigma * gaussian_exponential_bound(samples, eta);
  if (const auto radius = largest_norm(facts.columns, samples))
    one = std::min(one, *radius * *radius * bounded_exponential_bound(samples, eta));
  if (one == std::numeric_limits<double>::infinity())
    return NotApplicable{"the columns of Xq are neither known to be Gaussian nor to be bounded"};
  return with_alignment(squared_rounding_errors(facts) * one, facts);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "gpfq_exponential",
         .version = 1,
         .summary = "bound on GPFQ's error energy by its exponential moment, for bounded or Gaussian columns (T2.1)",
         .formula = "||U||_F <= ||Uhat||_F + sqrt( sum_j rho_j^2 min_{0<q<1} log(1/((1 - q) eta))/lambda(q) ),\n"
                    "lambda = -log(1 - q/m)/r^2 (||Xq_t|| <= r; m = 1: the minimum is r^2) or\n"
                    "(1 - (1 - q/m)^{2/m})/(2 sigma^2) (Gaussian),\n"
                    "rho_j = delta_j/2 (nearest), threshold + delta_j/2 (soft), max(threshold, delta_j/2) (hard)",
         .hypotheses = wording::sentences(
             {"Columns of Xq independent and bounded or Gaussian, of exchangeable sign-symmetric entries, never 0; "
              "where X != Xq the pairs (X_t, Xq_t) are independent; nearest, soft or hard rounding; W, the alphabet "
              "and the order of the columns do not look at X (decreasing norm is allowed); nothing clips.",
              wording::joint_event, wording::law_only, wording::calibration_only, wording::one_width,
              "Some 10 to 40 times the true quantile, gpfq_moment is 3 times where it applies: the distance is no "
              "property of the quantizer."}),
         .source = "theory, T2.1 and T2.3 with the constants proved there: E e^{lambda ||u_t||^2} <= e^x (s^2 + (1 - "
                   "s^2) E e^{lambda ||u_{t-1}||^2}), s^2 = 1/m, Markov, convexity over the neurons; cf. arXiv "
                   "2201.11113"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .concerns = is_deterministic_path,
    .evaluate = evaluate,
});

}  // namespace gpfq_exponential_line
}  // namespace pathquant
