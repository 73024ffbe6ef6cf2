// Tests of the SPFQ bounds along a direction (S6) and on the convergence of the alignment (S7).
#include <doctest/doctest.h>

#include <cmath>

#include "core/facts/random_direction.hpp"
#include "core/metrics/metrics.hpp"
#include "core/quantizers/quantizer.hpp"
#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/bounds/small_path.hpp"
#include "tests/core/layer_zoo.hpp"

namespace pathquant {
namespace spfq_alignment_test {

using namespace testing;

LayerFacts aligned(LayerFacts facts, std::int64_t passes) {
  facts = mismatched(facts);
  facts.quantizer.rounding = Rounding::stochastic;
  facts.quantizer.alignment_passes = passes;
  facts.statistics.path->sweep_norm = 0.5;
  facts.statistics.path->directional = 1.7;
  facts.statistics.alignment_reach = 9.0;
  facts.statistics.largest_alignment_along = 0.4;
  return facts;
}

TEST_CASE("spfq_direction: its value gives back the failure probability") {
  for (const double eta : {0.5, 0.01, 1e-6}) {
    LayerFacts facts = made_up();
    facts.statistics.path->directional = 1.7;
    const double bound = value("spfq_direction", facts, eta);
    // 2 exp(-x^2/(2 v)) for each of P = 3 neurons, with the largest proxy v = .9^2/4 * 1.7.
    CHECK(2.0 * std::exp(-bound * bound / (2.0 * 0.2025 * 1.7)) * 3.0 / eta ==
          doctest::Approx(1.0).epsilon(1e-10).scale(0));
    CHECK(value("spfq_direction", aligned(made_up(), 1), eta) == doctest::Approx(bound + 0.4).epsilon(1e-12).scale(0));
  }
  CHECK(value("spfq_direction", listed(aligned(made_up(), 1)), 0.1) - 0.4 ==
        doctest::Approx(1.5 * (value("spfq_direction", aligned(made_up(), 1), 0.1) - 0.4)));
}

TEST_CASE("spfq_alignment: spfq_l2 with the reach of the alignment in place of its residual") {
  for (const double eta : {0.5, 0.01, 1e-6}) {
    const double rounding = std::sqrt(value("spfq_l2", made_up(), eta));
    for (const std::int64_t passes : {1, 2, 5}) {
      const double root = 3.0 * std::pow(0.5, passes - 1) + rounding;
      CHECK(value("spfq_alignment", aligned(made_up(), passes), eta) ==
            doctest::Approx(root * root).epsilon(1e-12).scale(0));
    }
  }
}

TEST_CASE("spfq_direction, spfq_alignment: hypotheses") {
  for (const char* name : {"spfq_direction", "spfq_alignment"}) {
    CAPTURE(name);
    check_needs_inputs_and_steps(name, aligned(made_up(), 1));
    check_refuses_clipping(name, aligned(made_up(), 1));
    CHECK(line(name).kind == BoundKind::upper);
    CHECK(line(name).needs_path_covariance);
    CHECK(says(line(name).description.hypotheses, "joint event"));
    CHECK(line(name).concerns({.path_following = true, .rounding = Rounding::stochastic}));
    CHECK_FALSE(line(name).concerns({.path_following = true}));
  }
  LayerFacts perfect = aligned(made_up(), 1);
  perfect.quantizer.alignment_passes.reset();
  CHECK(says(reason("spfq_alignment", perfect), "not one by passes"));
  CHECK(says(reason("spfq_alignment", made_up()), "nothing to align"));
  CHECK(reason("spfq_direction", perfect).empty());
}

// SPFQ as registered, on one layer with many draws.
TEST_CASE("spfq: the bounds along a direction and by the alignment's reach hold over draws") {
  const ExecutionContext never;
  constexpr int trials = 600;
  for (const auto& [m, n] : {std::pair<Index, Index>{4, 30}, {12, 6}})
    for (const std::int64_t passes : {1, 2}) {
      const LayerProblem<double> problem = zoo::mismatched_layer("alignment", {m, n, 3}, 0.3);
      const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find("spfq");
      const auto spfq = entry.make(
          Parameters(entry.description.parameters,
                     {{"alignment", passes}, {"alphabet.levels", std::string("infinite")}, {"alphabet.step", 0.5}}));
      const Alphabet alphabet = zoo::infinite_alphabet(3, 0.5);
      const Vector direction = random_direction("alignment", m);
      CHECK(direction.norm() == doctest::Approx(1.0).epsilon(1e-14).scale(0));
      LayerFacts facts;
      facts.shape = problem.shape();
      facts.mismatch = true;
      facts.quantizer = spfq->traits();
      facts.alphabet = alphabet;
      std::vector<double> along, energy;
      double residual = 0;
      for (int trial = 0; trial < trials; ++trial) {
        const auto result = spfq->quantize(problem, alphabet, Stream("draws " + std::to_string(trial)), never);
        const LayerMetrics metrics = measure(problem, result.weights, never, {.direction = direction});
        along.push_back(metrics.direction_error.value());
        energy.push_back(metrics.error_energy);
        facts.statistics = layer_statistics(problem, facts.quantizer, alphabet, result, never, direction);
        residual = std::sqrt(facts.statistics.alignment_energy);
        CHECK(facts.statistics.largest_alignment_along ==
              doctest::Approx((direction.transpose() * result.alignment_residual).cwiseAbs().maxCoeff()));
      }
      facts.statistics.path = path_covariance(problem.quantized_inputs(), never, direction);
      // The deterministic part on its own.
      const double reach = std::pow(facts.statistics.path->sweep_norm, static_cast<double>(passes - 1)) *
                           std::sqrt(facts.statistics.alignment_reach);
      CHECK(residual <= reach * (1 + 1e-12));
      CHECK(residual > 0.005 * reach);
      for (const double eta : {0.5, 0.1, 0.01}) {
        const auto above = [&](const std::vector<double>& measured, const char* name) {
          const double bound = value(name, facts, eta);
          return static_cast<int>(std::count_if(measured.begin(), measured.end(), [&](double v) { return v > bound; }));
        };
        CHECK(plausible(above(along, "spfq_direction"), trials, eta));
        CHECK(plausible(above(energy, "spfq_alignment"), trials, eta));
        CHECK(value("spfq_direction", facts, eta) < value("spfq_linf", facts, eta) * std::sqrt(static_cast<double>(m)));
      }
    }
}

}  // namespace spfq_alignment_test
}  // namespace pathquant
