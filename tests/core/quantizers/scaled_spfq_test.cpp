// Tests of scaled stochastic path following, its pruning, and its bound U1.
#include <doctest/doctest.h>

#include <cmath>

#include "core/decision/pruned_decision.hpp"
#include "core/facts/layer_statistics.hpp"
#include "core/metrics/metrics.hpp"
#include "core/quantizers/layer_alphabet.hpp"
#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/layer_zoo.hpp"

namespace pathquant {
namespace scaled_spfq_test {

using namespace testing;

const ExecutionContext never;
using Given = std::map<std::string, Value>;

std::unique_ptr<Quantizer> make(const std::string& name, Given given) {
  given.insert({{"alphabet.levels", "infinite"}, {"alphabet.step", 0.5}});
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(name);
  return entry.make(Parameters(entry.description.parameters, given));
}

TEST_CASE("scaled_spfq: scale 1 is spfq, with and without a mismatch") {
  for (const auto& problem :
       {zoo::gaussian_layer("scaled", {12, 60, 5}), zoo::mismatched_layer("scaled", {12, 60, 5}, 0.2)})
    for (const std::int64_t alignment : {1, 3}) {
      const Given given = {{"alignment", alignment}};
      const auto alphabet = zoo::finite_alphabet(5, 0.5, 3);
      CHECK(make("scaled_spfq", given)->quantize(problem, alphabet, Stream("draws"), never).weights ==
            make("spfq", given)->quantize(problem, alphabet, Stream("draws"), never).weights);
    }
}

TEST_CASE("scaled_spfq: a large scale is independent rounding, and two levels do without clipping") {
  const auto problem = zoo::gaussian_layer("one bit", {16, 400, 40}, 0.5);
  const Alphabet one_bit{Vector::Constant(40, 2.0), 1, AlphabetKind::midrise};  // -1 and 1
  const auto clipped = [&](double scale) {
    const auto result = make("scaled_spfq", {{"scale", scale}})->quantize(problem, one_bit, Stream("draws"), never);
    CHECK((result.weights.cwiseAbs().array() == 1).all());
    return result.clipped;
  };
  CHECK(clipped(1) > clipped(5));
  CHECK(clipped(400) == 0);
  const auto far = make("scaled_spfq", {{"scale", 1e9}})->quantize(problem, one_bit, Stream("draws"), never).weights;
  // P(+1) = (1 + w)/2: 16000 draws, so their mean minus w has standard deviation below 1/126.
  CHECK(std::abs((far - problem.weights()).mean()) < 4.0 / 126);
}

TEST_CASE("Pruned decisions: 0 or the threshold below it, levels above it, without bias") {
  const Alphabet alphabet = zoo::infinite_alphabet(20000, 0.25);
  const PrunedDecision<double> rule(alphabet, 4, Stream("pruned"));
  std::vector<double> q(20000);
  for (const double c : {-0.9, -0.3, 0.0, 0.1, 0.5, 1.0, 1.3, -2.6}) {
    CAPTURE(c);
    const std::vector<double> arguments(20000, c);
    CHECK(rule.decide(0, 20000, arguments.data(), q.data()) == 0);
    double sum = 0;
    for (const double value : q) {
      sum += value;
      CHECK((std::abs(c) < 1 ? value == 0 || value == std::copysign(1.0, c) : std::abs(value - c) < 0.25));
    }
    // On an interval of length 1 at the most: standard deviation of the mean below 1/2 /sqrt(20000).
    CHECK(std::abs(sum / 20000 - c) < 4 * 0.5 / std::sqrt(20000.0));
  }
  CHECK_THROWS_WITH(make("scaled_spfq", {{"prune", std::int64_t{2}}, {"alphabet.kind", "midrise"}}),
                    doctest::Contains("mid-tread"));
  CHECK_THROWS_WITH(make("scaled_spfq", {{"prune", std::int64_t{4}}, {"alphabet.levels", std::int64_t{7}}}),
                    doctest::Contains("largest level"));
}

TEST_CASE_TEMPLATE("Pruning alone: from the threshold on an argument stays as it is, up to a tiny step", S, float,
                   double) {
  const Alphabet alphabet = in_precision<S>(zoo::infinite_alphabet(1000, 1e-6));
  const PrunedDecision<S> rule(alphabet, 500000, Stream("pruned alone"));
  std::vector<S> c(1000), q(1000);
  for (std::size_t i = 0; i < c.size(); ++i) c[i] = static_cast<S>(0.004 * static_cast<double>(i) - 1.999);
  rule.decide(0, 1000, c.data(), q.data());
  for (std::size_t i = 0; i < c.size(); ++i)
    if (std::abs(c[i]) < S(0.5))
      CHECK((q[i] == 0 || std::abs(q[i] - std::copysign(S(0.5), c[i])) < 1e-6));
    else
      CHECK(std::abs(q[i] - c[i]) < 1.5e-6);
}

TEST_CASE_TEMPLATE("Pruning: as sparse, and as far below its bound, as derived and as simulated", S, float, double) {
  // For w uniform on [-1, 1] an argument lies below c with probability c, and is then made 0 in half of all cases. Its
  // error has mean square c^2/6 there, and step^2/6 above: ell^2/4 tr S over the mean of ||u_j||^2 is 3/2 c^2 over (c^3
  // + (1 - c) step^2). As simulated (theory, section 5): 3.0 and 6.1 without levels, 2.4 and 3.5 with step = c/2, and a
  // quarter and an eighth of zeros.
  struct Case {
    double c, step, simulated;
  };
  const Matrix<double> x = zoo::gaussian_inputs("pruning", 32, 1024);
  const auto problem =
      zoo::cast<S>(LayerProblem<double>(x, std::nullopt, zoo::uniform_weights("pruning", 1024, 200, 1.0)));
  const double trace = path_covariance(x, never).trace;
  for (const auto& [c, step, simulated] :
       {Case{.5, 1e-6, 3.0}, Case{.25, 1e-6, 6.1}, Case{.5, .25, 2.4}, Case{.25, .125, 3.5}}) {
    CAPTURE(c);
    CAPTURE(step);
    const std::int64_t prune = std::llround(c / step);
    const auto alphabet = in_precision<S>(zoo::infinite_alphabet(200, step));
    const auto result = make("scaled_spfq", {{"prune", prune}})->quantize(problem, alphabet, Stream("pruning"), never);
    const LayerMetrics metrics = measure(problem, result.weights, never);
    // 204800 weights know a share to .001, 200 neurons of 32 samples a mean square to 2 per cent.
    CHECK(std::abs(metrics.sparsity - c / 2) < 0.004);
    const double ratio = 200 * c * c / 4 * trace / metrics.error_energy;
    CHECK(ratio == doctest::Approx(1.5 * c * c / (c * c * c + (1 - c) * step * step)).epsilon(0.06).scale(0));
    CHECK(ratio == doctest::Approx(simulated).epsilon(0.06).scale(0));
  }
}

LayerFacts scaled(double scale, std::int64_t pruned) {
  LayerFacts facts = made_up();
  facts.quantizer = {.rounding = Rounding::stochastic, .random = true, .path_scale = scale, .pruned_steps = pruned};
  return facts;
}

TEST_CASE("scaled_spfq_l2: by hand; scale 1 is S2'") {
  // m = 7, kappa^2 = 2.3^2, ||Xq||^2 = 31: T = min(7 beta, 31); ell^2/4 = .25, .04, .81 over 4.
  const auto expected = [](double scale, double longer) {
    const double beta = 2.3 * 2.3 * scale * scale / (2 * scale - 1), trace = std::min(7 * beta, 31.0);
    const double t = std::log(100.0), square = longer * longer / 4;
    const double sum = 1.1 * square, squares = (0.0625 + 0.0016 + 0.6561) * square * square;
    return sum * trace + 2 * std::sqrt(squares * beta * trace * t) + 2 * 0.81 * square * beta * t;
  };
  CHECK(value("scaled_spfq_l2", scaled(3, 0), 0.01) == doctest::Approx(expected(3, 1)));
  CHECK(value("scaled_spfq_l2", scaled(3, 4), 0.01) == doctest::Approx(expected(3, 4)));
  CHECK(value("scaled_spfq_l2", scaled(3, 1), 0.01) == doctest::Approx(expected(3, 1)));
  LayerFacts spread = scaled(1, 0);
  spread.statistics.input_energy = 1000;
  CHECK(value("scaled_spfq_l2", spread, 0.01) == doctest::Approx(value("spfq_l2_kappa", spread, 0.01)));
  CHECK(value("scaled_spfq_l2", mismatched(scaled(3, 0)), 0.01) ==
        doctest::Approx(std::pow(1.5 + std::sqrt(expected(3, 1)), 2)));
  CHECK(line("scaled_spfq_l2").concerns(scaled(3, 0).quantizer));
  CHECK_FALSE(line("scaled_spfq_l2").concerns(made_up().quantizer));
  check_needs_inputs_and_steps("scaled_spfq_l2", scaled(3, 0));
  check_refuses_clipping("scaled_spfq_l2", scaled(3, 0));
}

TEST_CASE("scaled_spfq_l2: exceeded no more often than it says, and within a small factor") {
  const auto problem = zoo::gaussian_layer("U1", {32, 400, 30}, 0.5);
  for (const auto& [scale, pruned] : {std::pair<double, std::int64_t>{1, 0}, {2, 0}, {10, 0}, {60, 0}, {2, 3}}) {
    CAPTURE(scale);
    const auto quantizer = make("scaled_spfq", {{"scale", scale}, {"prune", pruned}});
    const Alphabet alphabet = zoo::infinite_alphabet(30, 0.25);
    LayerFacts facts;
    facts.shape = problem.shape();
    facts.quantizer = quantizer->traits();
    facts.alphabet = alphabet;
    int exceeded = 0;
    double energy = 0;
    for (int trial = 0; trial < 20; ++trial) {
      const auto result = quantizer->quantize(problem, alphabet, Stream("U1/" + std::to_string(trial)), never);
      facts.statistics = layer_statistics(problem, quantizer->traits(), alphabet, result, never);
      const double error = measure(problem, result.weights, never).error_energy;
      energy += error / 20;
      exceeded += error > value("scaled_spfq_l2", facts, 0.5) ? 1 : 0;
    }
    CHECK(exceeded <= 10);
    // kappa and delta^2/4 for the mean norm and delta^2/6: 2 to 6 times the mean (theory, sections 5 and 9).
    CHECK(value("scaled_spfq_l2", facts, 0.5) / energy < 8);
    CHECK(value("scaled_spfq_l2", facts, 0.5) > energy);
  }
}

}  // namespace scaled_spfq_test
}  // namespace pathquant
