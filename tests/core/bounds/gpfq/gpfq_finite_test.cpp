#include <doctest/doctest.h>

#include <cmath>
#include <thread>

#include "core/bounds/shared/finite_alphabet_drift.hpp"
#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/bounds/small_path.hpp"

namespace pathquant {
namespace gpfq_finite_test {

using namespace testing;

LayerFacts finite(double sigma) {
  LayerFacts facts = made_up_gaussian(sigma);
  facts.alphabet.half_levels = 2;
  facts.statistics.largest_weights << 0.7, 0.35, 1.1;  // eps/delta = .6, .25, 7/9
  return facts;
}

TEST_CASE("gpfq_finite: levels up to the largest weight leave no room, whatever their rounding says") {
  LayerFacts facts = finite(1.0);
  facts.statistics.largest_weights[1] = std::nextafter(0.4, 0);  // K delta = .4
  CHECK(says(reason("gpfq_finite", facts), "neuron 1"));
  facts.statistics.largest_weights[1] = 0.399;
  CHECK(reason("gpfq_finite", facts).empty());
}

// eps is rounded down by at most 1 per cent, and the bound falls in eps.
void check_layer(const LayerFacts& facts, double sigma, double eta) {
  double exact = 0, rounded = 0;
  for (const auto& [step, ratio] : {std::pair{0.5, 0.6}, {0.2, 0.25}, {0.9, 7.0 / 9.0}}) {
    const double at = sigma * step * finite_alphabet_bound(facts.shape.samples, ratio, eta / 3);
    const double below = sigma * step * finite_alphabet_bound(facts.shape.samples, ratio / 1.0101, eta / 3);
    exact += at * at;
    rounded += below * below;
  }
  const double found = value("gpfq_finite", facts, eta);
  CHECK(found >= exact * (1 - 1e-5));
  CHECK(found <= rounded * (1 + 1e-5));
}

TEST_CASE("gpfq_finite: the squares of the neurons' bounds at eta/P, in units of sigma and step") {
  for (const auto& [m, n] : {std::pair<Index, Index>{7, 19}, {19, 7}})
    for (const double eta : {0.3, 1e-4}) {
      LayerFacts facts = finite(1.5);
      facts.shape = {m, n, 3};
      check_layer(facts, 1.5, eta);
    }
}

TEST_CASE("gpfq_finite: clipping is allowed; the value does not depend on it") {
  LayerFacts facts = finite(1.0);
  const double before = value("gpfq_finite", facts, 0.01);
  facts.clipped = 12;
  CHECK(value("gpfq_finite", facts, 0.01) == before);
}

TEST_CASE("gpfq_finite: mid-rise levels end half a step earlier") {
  for (const double eta : {0.3, 1e-4}) {
    LayerFacts facts = finite(1.5);  // q_max = 3/2 delta: eps/delta = .6, .25, 7/9 as before
    facts.alphabet.kind = AlphabetKind::midrise;
    facts.statistics.largest_weights << 0.45, 0.25, 0.65;
    check_layer(facts, 1.5, eta);
  }
}

TEST_CASE("gpfq_finite: hypotheses") {
  LayerFacts small = finite(1.0);
  small.statistics.largest_weights *= 0.5;  // below the extreme level of mid-rise too
  check_refuses_thresholds_and_lists("gpfq_finite", small);
  check_needs_inputs_and_steps("gpfq_finite", finite(1.0));
  check_needs_law("gpfq_finite", finite(1.0));
  CHECK(says(reason("gpfq_finite", made_up_ball(1.0)), "Gaussian"));
  CHECK(says(reason("gpfq_finite", mismatched(finite(1.0))), "X == Xq"));
  LayerFacts infinite = finite(1.0);
  infinite.alphabet.half_levels.reset();
  CHECK(says(reason("gpfq_finite", infinite), "infinite"));
  LayerFacts full = finite(1.0);
  full.statistics.largest_weights[1] = 0.4;  // q_max = 2 * .2
  CHECK(says(reason("gpfq_finite", full), "neuron 1"));
  full.statistics.largest_weights[1] = 0.5;
  CHECK(says(reason("gpfq_finite", full), "eps"));
}

TEST_CASE("gpfq_finite: threads agree") {
  LayerFacts facts = finite(1.0);
  facts.shape.samples = 11;
  std::vector<double> found(4);
  std::vector<std::thread> threads;
  for (double& one : found)
    threads.emplace_back([&] { one = std::get<double>(line("gpfq_finite").evaluate(facts, 0.02)); });
  for (std::thread& thread : threads) thread.join();
  for (const double one : found) CHECK(one == found[0]);
}

TEST_CASE("gpfq_finite: ternary runs that clip exceed it no more often than eta") {
  constexpr Index m = 6, n = 120;
  constexpr int trials = 500;
  LayerFacts facts = made_up_gaussian(1.0);
  facts.shape = {m, n, 1};
  facts.alphabet = {.steps = Vector::Ones(1), .half_levels = 1};
  facts.statistics.largest_weights = Vector::Constant(1, 0.9);
  std::mt19937_64 engine(23);
  int clipped = 0, at_half = 0, at_hundredth = 0;
  const double half = value("gpfq_finite", facts, 0.5), hundredth = value("gpfq_finite", facts, 0.01);
  for (int trial = 0; trial < trials; ++trial) {
    const Eigen::MatrixXd x = gaussian_matrix(m, n, 1.0, engine);
    Eigen::VectorXd w = uniform_matrix(n, 1, 0.9, engine);
    if (trial % 2 == 0) w = w.cwiseSign() * 0.9;
    const SmallRun run = small_path(x, x, w, 1.0, 1.0, to_nearest);
    clipped += run.clipped;
    at_half += run.error.squaredNorm() > half;
    at_hundredth += run.error.squaredNorm() > hundredth;
  }
  CHECK(clipped > trials / 2);
  CHECK(plausible(at_half, trials, 0.5));
  CHECK(plausible(at_hundredth, trials, 0.01));
}

}  // namespace gpfq_finite_test
}  // namespace pathquant
