// S9: SPFQ's relative squared error for Gaussian weights.
//
//   symbol       meaning
//   delta_j      step of neuron j
//   sigma_w      standard deviation of an entry of W
//   S            sum_t v_t v_t^T, v_t = P_N ... P_{t+1} X_t
//   t            log(2/eta)
//   tr, tr2, op  sum_j delta_j^2/4 tr S;  sum_j (delta_j^2/4)^2 tr S^2;  max_j delta_j^2/4 ||S||_op
//   y            ||XW||_F^2 > sigma_w^2 y with probability 1 - e^{-t}: core/bounds/shared/gaussian_energy.hpp
//
// The numerator is S2 at t, which holds for any W and steps; the denominator is about the law of W. Each fails with
// probability e^{-t} = eta/2.
#include <cmath>

#include "core/bounds/shared/gaussian_energy.hpp"
#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/stochastic_energy.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace spfq_gaussian_weights_line {

Failure gaussian_weights(const LayerFacts& facts) {
  if (facts.weight_sigma) return {};
  return NotApplicable{"the weights are not known to be independent Gaussian ones"};
}

Failure some_signal(const LayerFacts& facts) {
  const Vector& spectrum = facts.statistics.path->input_spectrum;
  if (spectrum.size() == 0) return NotApplicable{"the spectrum of X is not known: the layer is too wide to be held"};
  if (spectrum.size() > 0 && spectrum.maxCoeff() > 0) return {};
  return NotApplicable{"X is 0"};
}

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), nothing_clipped(facts), same_inputs(facts),
                                             gaussian_weights(facts), some_signal(facts)}))
    return *failure;
  const double t = std::log(2.0 / eta);
  const double sigma = *facts.weight_sigma;
  const double energy =
      sigma * sigma * least_gaussian_energy(facts.statistics.path->input_spectrum, facts.shape.neurons, t);
  return stochastic_energy(facts, t) / energy;
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "spfq_gaussian_weights",
         .version = 1,
         .summary = "bound on SPFQ's relative squared error for Gaussian weights (S9)",
         .formula = "||U||_F^2/||XW||_F^2 <= ( tr + 2 sqrt(tr2 t) + 2 op t )/(sigma_w^2 y),  t = log(2/eta),\n"
                    "y = max_{theta>0} ( P/2 sum_i log(1 + 2 theta s_i^2) - t )/theta,  s_i the singular values of X,\n"
                    "tr = sum_j delta_j^2/4 tr S,  tr2 = sum_j (delta_j^2/4)^2 tr S^2,  op = max_j delta_j^2/4 "
                    "||S||_op",
         .hypotheses = wording::sentences(
             {"W with independent N(0, sigma_w^2) entries, independent of X; X == Xq, any X; for a list of levels "
              "delta_j is its largest gap; draws "
              "independent of X and W, between neurons and of other layers' draws; nothing clips.",
              wording::joint_event, wording::calibration_only,
              "It forecasts for weights of this law, not for trained ones; spfq_l2 over the signal of the run is "
              "sharper. 3 to 9 times the true quantile for one neuron: the distance is no property of the quantizer."}),
         .source = "theory, S9: S2 over the Chernoff bound of a Gaussian quadratic form; cf. arXiv 2309.10975"},
    .kind = BoundKind::upper,
    .quantity = Quantity::relative_squared_error,
    .needs_path_covariance = true,
    .concerns = is_stochastic_path,
    .evaluate = evaluate,
});

}  // namespace spfq_gaussian_weights_line
}  // namespace pathquant
