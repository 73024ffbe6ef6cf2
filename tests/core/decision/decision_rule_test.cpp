#include "core/decision/decision_rule.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace decision_rule_test {

TEST_CASE_TEMPLATE("The nearest level, ties upwards, clipped at the ends", S, float, double) {
  const NearestDecision<S> nearest(zoo::finite_alphabet(9, 0.5, 2));
  const std::vector<S> c = {S(0), S(0.24), S(0.25), S(-0.25), S(-0.75), S(0.75), S(1.2), S(1.25), S(-7)};
  const std::vector<S> expected = {S(0), S(0), S(0.5), S(0), S(-0.5), S(1), S(1), S(1), S(-1)};
  std::vector<S> q(9);
  CHECK(nearest.decide(0, 9, c.data(), q.data()) == 2);  // 1.25 lies on the last threshold and 1.25/0.5 + 1/2 = 3 > K
  CHECK(q == expected);
}

TEST_CASE_TEMPLATE("The nearest level is right where adding one half rounds", S, float, double) {
  const NearestDecision<S> nearest(zoo::infinite_alphabet(3, 1.0));
  const S odd = std::ldexp(S(1), std::numeric_limits<S>::digits - 1) + 1;  // odd + 1/2 is no number of S
  const std::vector<S> c = {odd, -odd, std::nextafter(S(0.5), S(0))};
  std::vector<S> q(3);
  nearest.decide(0, 3, c.data(), q.data());
  CHECK(q == std::vector<S>{odd, -odd, S(0)});
}

TEST_CASE("Every neuron has its own step") {
  Alphabet alphabet{Vector::LinSpaced(3, 1, 3), std::nullopt};
  const std::vector<double> c = {4.4, 4.4, 4.6};
  std::vector<double> q(3);
  CHECK(NearestDecision<double>(alphabet).decide(0, 3, c.data(), q.data()) == 0);
  CHECK(q == std::vector<double>{4, 4, 6});
}

TEST_CASE("Stochastic rounding takes the upper neighbour with the fractional part as its probability") {
  // 20000 draws each; a deviation of more than 5 standard errors has probability below 6e-7 for one argument, 5e-6 for
  // all.
  constexpr Index draws = 20000;
  for (const double c : {0.3, -0.3, 1.75, -2.5, 0.01, 4.0, -3.0, 0.0}) {
    const StochasticDecision<double> rule(zoo::infinite_alphabet(1, 0.5), Stream("law"));
    const double z = c / 0.5;
    const double f = z - std::floor(z);
    Index up = 0;
    double sum = 0;
    for (Index t = 0; t < draws; ++t) {
      double q = 0;
      CHECK(rule.decide(t, 1, &c, &q) == 0);
      const double lower = 0.5 * std::floor(z);
      CHECK((q == lower || q == lower + 0.5));
      up += q > lower ? 1 : 0;
      sum += q;
    }
    const double error = 5 * std::sqrt(f * (1 - f) / draws);
    CHECK(std::abs(static_cast<double>(up) / draws - f) <= error);
    CHECK(std::abs(sum / draws - c) <= 0.5 * error + 1e-12);
  }
}

TEST_CASE("Stochastic rounding clips after rounding, and counts it") {
  const StochasticDecision<double> rule(zoo::finite_alphabet(2, 1.0, 1), Stream("clip"));
  int counted = 0;
  for (Index t = 0; t < 1000; ++t) {
    const std::vector<double> c = {1.5, -4.0};
    std::vector<double> q(2);
    const auto clipped = rule.decide(t, 2, c.data(), q.data());
    CHECK((clipped == 1 || clipped == 2));  // -4 always; 1.5 when it goes up to 2
    CHECK(q == std::vector<double>{1, -1});
    counted += clipped == 2 ? 1 : 0;
  }
  CHECK(std::abs(counted - 500) <= 80);  // 5 standard deviations of Binomial(1000, 1/2)
}

TEST_CASE("A neuron's draws do not depend on how many neurons there are") {
  std::vector<double> c(200, 0.37);
  std::vector<double> few(70), many(200);
  const Alphabet wide = zoo::infinite_alphabet(200, 1.0);
  for (Index t = 0; t < 50; ++t) {
    StochasticDecision<double>(wide, Stream("corner")).decide(t, 200, c.data(), many.data());
    StochasticDecision<double>(wide, Stream("corner")).decide(t, 70, c.data(), few.data());
    CHECK(std::equal(few.begin(), few.end(), many.begin()));
  }
}

}  // namespace decision_rule_test
