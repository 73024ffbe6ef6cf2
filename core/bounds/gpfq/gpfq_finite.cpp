// T1.6: GPFQ's error with a finite alphabet, clipping or not.
//
//   symbol    meaning
//   q_max,j   the extreme level of neuron j: K delta_j (mid-tread), (K - 1/2) delta_j (mid-rise)
//   eps_j     q_max,j - max_t |w_tj| > 0
//   V0, s     level and excess of the drift bound: core/bounds/shared/finite_alphabet_drift.hpp
//   P         neurons, each given eta/P
//
// With V = ||u_{t-1}||, n = ||X_t||^2 and g the component of X_t along u_{t-1}: a decision that is not clipped loses
// <X_t,u>^2/n and gains at most delta^2/4 n; a clipped one has b = <X_t,u>/n beyond q_max - |w_t| >= eps and loses at
// least eps |b| n. Hence
//   V_t^2 <= V^2 + delta^2/4 n - min(V^2 cos^2, eps sigma V |g|),
// a downward drift above V0, and Hajek's lemma gives the tail. The layer: ||U||_F^2 = sum_j ||u_j||^2, a union over the
// neurons.
//
// Departs from the statement in one point: eps_j/delta_j is rounded down to a power of 1.01, so that neurons share
// evaluations. A smaller eps is a weaker hypothesis.
#include <fmt/format.h>

#include <cmath>
#include <tuple>

#include "core/bounds/shared/finite_alphabet_drift.hpp"
#include "core/bounds/shared/hypotheses.hpp"
#include "core/bounds/shared/memo.hpp"
#include "core/bounds/shared/wording.hpp"

namespace pathquant {
namespace gpfq_finite_line {

constexpr double grid = 1.01;
// Levels up to the largest weight leave no room, whatever K times the rounded step says.
constexpr double rounding_of_the_levels = 1e-9;

int grid_exponent(double ratio) {
  int exponent = static_cast<int>(std::floor(std::log(ratio) / std::log(grid)));
  while (std::pow(grid, exponent) > ratio) --exponent;
  return exponent;
}

double neuron_bound(Index samples, double ratio, double eta) {
  static Memo<std::tuple<Index, int, double>, double> memo;
  const int exponent = grid_exponent(ratio);
  return memo.get({samples, exponent, eta},
                  [&] { return finite_alphabet_bound(samples, std::pow(grid, exponent), eta); });
}

Failure gaussian_columns(const LayerFacts& facts) {
  if (facts.columns.gaussian_sigma) return {};
  return NotApplicable{"the columns are not known to be Gaussian"};
}

Failure room_above_weights(const LayerFacts& facts) {
  if (!facts.alphabet.half_levels) return NotApplicable{"the alphabet is infinite"};
  for (Index j = 0; j < facts.shape.neurons; ++j)
    if (!(facts.alphabet.largest(j) * (1 - rounding_of_the_levels) > facts.statistics.largest_weights[j]))
      return NotApplicable{
          fmt::format("the weights of neuron {} reach the extreme level: eps = q_max - max|w| is not positive", j)};
  return {};
}

BoundValue evaluate(const LayerFacts& facts, double eta) {
  if (const Failure failure = first_failure({inputs_and_steps(facts), uniform_alphabet(facts), no_threshold(facts),
                                             same_inputs(facts), independent_columns(facts), gaussian_columns(facts)}))
    return *failure;
  if (const Failure failure = room_above_weights(facts)) return *failure;
  const double each = eta / static_cast<double>(facts.shape.neurons);
  double energy = 0;
  for (Index j = 0; j < facts.shape.neurons; ++j) {
    const double step = facts.alphabet.steps[j];
    const double eps = facts.alphabet.largest(j) - facts.statistics.largest_weights[j];
    const double norm = *facts.columns.gaussian_sigma * step * neuron_bound(facts.law_samples(), eps / step, each);
    energy += norm * norm;
  }
  if (!std::isfinite(energy)) return NotApplicable{"no downward drift was found: eps = q_max - max|w| is too small"};
  return energy;
}

const Registered<BoundEntry> registered({
    .description =
        {.name = "gpfq_finite",
         .version = 1,
         .summary = "bound on GPFQ's error energy with a finite alphabet, clipping or not (T1.6)",
         .formula = "||U||_F^2 <= sum_j (V0_j + s_j)^2,  s_j = log(Lc P/((1 - gamma) eta))/lambda,  Lc = E e^{lambda "
                    "delta^2 n/(8 V0)},\n"
                    "gamma = E exp(lambda (delta^2 n/(8 V0) - min(V0 cos^2, eps_j sigma |g|)/2)) < 1,  eps_j = q_max,j "
                    "- max_t |w_tj|,\n"
                    "q_max,j = K delta_j (mid-tread) or (K - 1/2) delta_j (mid-rise),\n"
                    "(V0, lambda) chosen for each neuron to make V0 + s small",
         .hypotheses = wording::sentences(
             {"Independent Gaussian columns; X == Xq; nearest rounding to a finite equispaced alphabet, clipped "
              "decisions "
              "included; "
              "max_t |w_tj| below the extreme level for every neuron; W, the alphabet and the order of the columns do "
              "not look "
              "at X (an order by norm is not allowed).",
              wording::law_only, wording::calibration_only, wording::one_width,
              "3 to 11 times the error for eps >= step/10, more below: the distance is no property of the quantizer."}),
         .source = "theory, T1.6: drift of ||u_t|| with a clipped decision losing eps |<X_t, u>|, Hajek 1982; union "
                   "over the neurons; "
                   "cf. arXiv 2010.15979"},
    .kind = BoundKind::upper,
    .quantity = Quantity::error_energy,
    .concerns = is_deterministic_path,
    .evaluate = evaluate,
});

}  // namespace gpfq_finite_line
}  // namespace pathquant
