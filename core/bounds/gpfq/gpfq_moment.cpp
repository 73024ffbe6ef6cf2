// T1.5: GPFQ's error with high probability, by moments.
//
//   symbol   meaning
//   rho_j    largest rounding error of neuron j: core/bounds/shared/rounding_error.hpp
//   U~       U - Uhat, with Uhat the residual of one alignment pass (0 where X == Xq)
//   B_t      squared cosine between Xq_t and u~_{t-1};  xi_t  rounding error of step t
//   R        stationary solution of R = (1 - B) R' + ||Xq_1||^2, R' of the law of R
//   M_k      moments of the dominating recursion at rho = 1: core/bounds/shared/stationary_moments.hpp
//
// ||u~_t||^2 = (1 - B_t) ||u~_{t-1}||^2 + xi_t^2 ||Xq_t||^2 with B_t ~ Beta(1/2, (m-1)/2) independent of ||Xq_t|| and
// of the past, so
// ||u~_N||^2 is stochastically below rho_j^2 R. By Minkowski in L_k, || ||U~||_F^2 ||_k <= sum_j rho_j^2 M_k^{1/k},
// whatever the neurons share; Markov at each k, fixed in advance, gives the minimum.
#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/lifts.hpp"
#include "core/bounds/shared/rounding_error.hpp"
#include "core/bounds/shared/stationary_moments.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace gpfq_moment_line {

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure =
          first_failure({inputs_and_steps(facts), bounded_rounding(facts), nothing_clipped(facts),
                         independent_or_sorted_columns(facts), gaussian_or_ball(facts), independent_pairs(facts)}))
    return *failure;
  const bool gaussian = facts.columns.gaussian_sigma.has_value();
  const double scale = gaussian ? *facts.columns.gaussian_sigma : *facts.columns.ball_radius;
  const UnitDistribution law = gaussian ? UnitDistribution::gaussian : UnitDistribution::ball;
  const double energy =
      squared_rounding_errors(facts) * scale * scale * stationary_quantile_bound(law, facts.law_samples(), eta);
  return with_alignment(energy, facts);
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "gpfq_moment",
         .version = 1,
         .summary = "bound on GPFQ's error energy by moments, for columns of a law (T1.5)",
         .formula = "||U||_F <= ||Uhat||_F + sqrt( sum_j rho_j^2 min_{1<=k<=120} (M_k/eta)^{1/k} ),  M_0 = 1,\n"
                    "rho_j = delta_j/2 (nearest), threshold + delta_j/2 (soft), max(threshold, delta_j/2) (hard),\n"
                    "M_k = [sum_{j<k} C(k,j) b_j M_j g_{k-j}]/(1 - b_k),  b_j = prod_{i<j} (m-1+2i)/(m+2i),\n"
                    "g_j = sigma^{2j} prod_{i<j} (m+2i) (Gaussian) or r^{2j} m/(m+2j) (ball)",
         .hypotheses = wording::sentences(
             {"Columns of Xq independent, Gaussian or uniform in a ball; where X != Xq the pairs (X_t, Xq_t) are "
              "independent; "
              "nearest, soft or hard rounding; W, the alphabet and the order of the columns do not look at X "
              "(decreasing norm is "
              "allowed); "
              "nothing clips.",
              wording::joint_event, wording::law_only, wording::calibration_only, wording::one_width,
              "It is about 3 times the true quantile: the distance is no property of the quantizer."}),
         .source = "theory, T1.5: ||u_t||^2 <= (1 - B_t)||u_{t-1}||^2 + rho^2 ||X_t||^2, B_t ~ Beta(1/2, (m-1)/2); its "
                   "stationary moments, Minkowski over the neurons, Markov; cf. arXiv 2010.15979"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .concerns = is_deterministic_path,
    .evaluate = evaluate,
});

}  // namespace gpfq_moment_line
}  // namespace pathquant
