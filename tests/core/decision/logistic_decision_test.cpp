// Tests of logistic decisions: probabilities by the distribution function, the limit without noise, and that no bound
// for unbiased rounding applies.
#include "core/decision/logistic_decision.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <stdexcept>

#include "core/bounds/shared/bound.hpp"
#include "core/quantizers/quantizer.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace logistic_decision_test {

const ExecutionContext never;

double distribution(double x) {
  return 1 / (1 + std::exp(-x));
}

// How often each level, in steps, is taken for the argument `c` in steps.
template <class S>
std::map<double, int> counts(double c, double sigma, const Alphabet& alphabet, int runs) {
  const auto neurons = static_cast<Index>(alphabet.steps.size());
  const LogisticDecision<S> rule(alphabet, sigma, Stream("logistic law"));
  const std::vector<S> arguments(static_cast<std::size_t>(neurons), static_cast<S>(c * alphabet.steps[0]));
  std::vector<S> q(arguments.size());
  std::map<double, int> found;
  for (int t = 0; t < runs / neurons; ++t) {
    rule.decide(t, neurons, arguments.data(), q.data());
    for (const S level : q) ++found[std::round(static_cast<double>(level) / alphabet.steps[0])];
  }
  return found;
}

std::unique_ptr<Quantizer> spfq(std::map<std::string, Value> given) {
  given.insert({{"alphabet.levels", "infinite"}, {"alphabet.step", 0.5}});
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find("spfq");
  return entry.make(Parameters(entry.description.parameters, given));
}

TEST_CASE_TEMPLATE("Logistic decisions: every level as often as its probability", S, float, double) {
  // Five standard deviations of a binomial count: some 60 counts, false alarm below 1e-4.
  constexpr int runs = 40000;
  for (const double sigma : {0.1, 0.3, 1.0})
    for (const double c : {0.0, 0.3, 0.5, -1.2}) {
      CAPTURE(sigma);
      CAPTURE(c);
      auto found = counts<S>(c, sigma, zoo::infinite_alphabet(200, 0.25), runs);
      for (double level = -4; level <= 4; ++level) {
        const double p = distribution((level + 0.5 - c) / sigma) - distribution((level - 0.5 - c) / sigma);
        CHECK(std::abs(found[level] - runs * p) <= 5 * std::sqrt(runs * p * (1 - p)) + 1);
      }
    }
}

TEST_CASE("Logistic decisions are biased: the means that are published") {
  constexpr int runs = 200000;
  for (const auto& [sigma, mean] : {std::pair{0.1, 0.119}, std::pair{0.3, 0.290}}) {
    double sum = 0, squares = 0;
    for (const auto& [level, count] : counts<double>(0.3, sigma, zoo::infinite_alphabet(200, 0.5), runs)) {
      sum += level * count;
      squares += level * level * count;
    }
    const double deviation = std::sqrt((squares / runs - sum / runs * sum / runs) / runs);
    CHECK(std::abs(sum / runs - mean) <= 5 * deviation + 0.0005);
  }
  // Nearly always the nearest level where sigma is small: P > 1 - 1e-4 for c = 0.3, sigma = 0.02.
  CHECK(counts<double>(0.3, 0.02, zoo::infinite_alphabet(200, 0.5), 20000)[0] > 20000 - 10);
}

TEST_CASE("Logistic decisions: the last levels take the tails, and what they take is counted") {
  constexpr int runs = 40000;
  const Alphabet ternary = zoo::finite_alphabet(200, 0.25, 1);
  auto found = counts<double>(0.8, 0.5, ternary, runs);
  const double top = 1 - distribution((0.5 - 0.8) / 0.5);
  CHECK(found.size() == 3);
  CHECK(std::abs(found[1] - runs * top) <= 5 * std::sqrt(runs * top * (1 - top)));
  const LogisticDecision<double> rule(ternary, 0.5, Stream("logistic law"));
  const std::vector<double> arguments(200, 0.8 * 0.25);
  std::vector<double> q(200);
  std::int64_t clipped = 0;
  for (int t = 0; t < runs / 200; ++t) clipped += rule.decide(t, 200, arguments.data(), q.data());
  const double beyond = 1 - distribution((1.5 - 0.8) / 0.5) + distribution((-1.5 - 0.8) / 0.5);
  CHECK(std::abs(static_cast<double>(clipped) - runs * beyond) <= 5 * std::sqrt(runs * beyond * (1 - beyond)));
}

TEST_CASE_TEMPLATE("Logistic decisions: no noise, parts of a row, and a margin that keeps its word", S, float, double) {
  const Alphabet alphabet = zoo::finite_alphabet(300, 0.3, 4);
  const RowMatrix<S> arguments = zoo::uniform_weights("logistic", 20, 300, 2.0).template cast<S>();
  const LogisticDecision<S> none(alphabet, 0, Stream("d")), some(alphabet, 0.2, Stream("d"));
  const NearestDecision<S> nearest(alphabet);
  std::vector<S> q(300), other(300), margin(300), moved(300);
  for (Index t = 0; t < 20; ++t) {
    const S* c = arguments.row(t).data();
    CHECK(none.decide(t, 300, c, q.data()) == nearest.decide(t, 300, c, other.data()));
    CHECK(q == other);
    const auto clipped = some.decide(t, 300, c, q.data());
    auto again = some.decide_some(t, 0, 37, c, other.data(), nullptr);
    again += some.decide_some(t, 37, 263, c + 37, other.data() + 37, nullptr);
    CHECK(again == clipped);
    CHECK(q == other);
    if constexpr (std::is_same_v<S, double>) {
      some.decide_some(t, 0, 300, c, other.data(), margin.data());
      for (const double sign : {-0.999, 0.999}) {
        for (std::size_t j = 0; j < 300; ++j) moved[j] = c[j] + sign * margin[j];
        CHECK(some.decide(t, 300, moved.data(), other.data()) == clipped);
        CHECK(other == q);
      }
      CHECK(*std::max_element(margin.begin(), margin.end()) > 0.1);
    }
  }
}

TEST_CASE("spfq by the logistic law: gpfq where there is no noise, more error with more of it, and no line") {
  const auto problem = zoo::gaussian_layer("logistic", {16, 64, 12});
  const Alphabet alphabet = zoo::infinite_alphabet(12, 0.5);
  const QuantizerEntry& gpfq = *Registry<QuantizerEntry>::instance().find("gpfq");
  const auto greedy =
      gpfq.make(Parameters(gpfq.description.parameters, {{"alphabet.levels", "infinite"}, {"alphabet.step", 0.5}}))
          ->quantize(problem, alphabet, Stream("d"), never);
  double before = -1;
  for (const double sigma : {0.0, 0.2, 0.5, 2.0}) {
    const auto quantizer = spfq({{"law", "logistic"}, {"sigma", sigma}});
    const auto result = quantizer->quantize(problem, alphabet, Stream("d"), never);
    const double error = (problem.inputs() * (problem.weights() - result.weights)).squaredNorm();
    if (sigma == 0) CHECK((result.weights - greedy.weights).cwiseAbs().maxCoeff() == 0);
    CHECK(error > before);
    before = error;
    CHECK_FALSE(quantizer->traits().chooses_levels);
    for (const BoundEntry* line : Registry<BoundEntry>::instance().all())
      if (line->concerns(quantizer->traits()))
        // Those about any Q: they presume nothing of how it was found.
        CHECK((line->kind == BoundKind::lower_mean || line->description.name == "row_space" ||
               line->description.name == "input_box"));
  }
  const auto plain = spfq({})->quantize(problem, alphabet, Stream("d"), never);
  CHECK(spfq({{"law", "uniform"}})->quantize(problem, alphabet, Stream("d"), never).weights == plain.weights);
  CHECK_THROWS_WITH_AS(spfq({{"law", "logistic"}}), "law logistic needs sigma", std::invalid_argument);
  CHECK_THROWS_WITH_AS(spfq({{"sigma", 0.1}}), "sigma goes with law logistic", std::invalid_argument);
}

}  // namespace logistic_decision_test
