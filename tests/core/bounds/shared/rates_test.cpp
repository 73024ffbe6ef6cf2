// Tests of the rates: their scaling with the layer's shape, and where they do not apply.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/core/bounds/line_facts.hpp"

namespace pathquant {
namespace rates_test {

using namespace testing;

/// Three levels, every weight below the outermost one.
LayerFacts ternary() {
  LayerFacts facts = made_up_gaussian(1.5);
  facts.alphabet.half_levels = 1;
  facts.statistics.largest_weights = 0.9 * facts.alphabet.steps;
  return facts;
}

LayerFacts clustered(Index clusters) {
  LayerFacts facts = made_up();
  facts.columns.clusters = clusters;
  facts.columns.entry_second_moment = 1.25;
  return facts;
}

LayerFacts stochastic() {
  LayerFacts facts = made_up();
  facts.quantizer.rounding = Rounding::stochastic;
  return facts;
}

/// Shape of `name` with other m and N, over the shape of the facts as they are.
double change(const char* name, const LayerFacts& facts, Index m, Index n) {
  LayerFacts other = facts;
  other.shape.samples = m;
  other.shape.width = n;
  return value(name, other, 0.1) / value(name, facts, 0.1);
}

void scale_steps(LayerFacts& facts, double factor) {
  facts.alphabet.steps *= factor;
  facts.statistics.largest_weights *= factor;
}

TEST_CASE("rates: they are no bounds") {
  for (const char* name : {"gpfq_gaussian_rate", "gpfq_bounded_rate", "gpfq_clusters_rate", "spfq_rate"}) {
    CHECK(line(name).kind == BoundKind::decay);
    CHECK(line(name).quantity == Quantity::error_energy);
    CHECK_FALSE(line(name).needs_path_covariance);
    CHECK(says(line(name).description.hypotheses, "unknown constant"));
  }
}

TEST_CASE("rates: powers of m and of log N") {
  // From m = 7, N = 19 to 14 and 19^2: log N doubles.
  CHECK(change("gpfq_gaussian_rate", ternary(), 14, 19) == doctest::Approx(4));
  CHECK(change("gpfq_gaussian_rate", ternary(), 7, 361) == doctest::Approx(4));
  // The largest norm of a column in the ball does not grow with m, that of entries in [-b, b] does as m.
  CHECK(change("gpfq_bounded_rate", made_up_ball(2), 14, 19) == doctest::Approx(2));
  CHECK(change("gpfq_bounded_rate", made_up_symmetric(), 14, 19) == doctest::Approx(4));
  CHECK(change("gpfq_bounded_rate", made_up_ball(2), 7, 361) == doctest::Approx(2));
  // Energy grows as m, and with fewer centres than rows their number takes the place of m.
  CHECK(change("gpfq_clusters_rate", clustered(3), 14, 19) == doctest::Approx(2));
  CHECK(change("gpfq_clusters_rate", clustered(100), 14, 19) == doctest::Approx(4));
  CHECK(change("gpfq_clusters_rate", clustered(3), 7, 361) == doctest::Approx(2));
  CHECK(value("gpfq_clusters_rate", clustered(6), 0.1) / value("gpfq_clusters_rate", clustered(3), 0.1) ==
        doctest::Approx(2));
  CHECK(change("spfq_rate", stochastic(), 14, 19) == doctest::Approx(2));
  CHECK(change("spfq_rate", stochastic(), 7, 361) == doctest::Approx(2));
}

TEST_CASE("rates: scaling W with the step, or X, scales the energy by the square") {
  for (const auto& [name, facts] : {std::pair{"gpfq_gaussian_rate", ternary()},
                                    {"gpfq_bounded_rate", made_up_ball(2)},
                                    {"gpfq_clusters_rate", clustered(3)},
                                    {"spfq_rate", stochastic()}}) {
    LayerFacts scaled = facts;
    scale_steps(scaled, 3);
    CHECK(value(name, scaled, 0.1) == doctest::Approx(9 * value(name, facts, 0.1)));
    scaled = facts;
    if (scaled.columns.gaussian_sigma) *scaled.columns.gaussian_sigma *= 3;
    if (scaled.columns.ball_radius) *scaled.columns.ball_radius *= 3;
    if (scaled.columns.entry_second_moment) *scaled.columns.entry_second_moment *= 9;
    scaled.statistics.largest_norm *= 3;
    CHECK(value(name, scaled, 0.1) == doctest::Approx(9 * value(name, facts, 0.1)));
  }
}

TEST_CASE("rates: hypotheses of all") {
  for (const auto& [name, facts] : {std::pair{"gpfq_gaussian_rate", ternary()},
                                    {"gpfq_bounded_rate", made_up_ball(2)},
                                    {"gpfq_clusters_rate", clustered(3)},
                                    {"spfq_rate", stochastic()}}) {
    CAPTURE(name);
    check_needs_inputs_and_steps(name, facts);
    CHECK(says(reason(name, mismatched(facts)), "X == Xq"));
    LayerFacts narrow = facts;
    narrow.shape.width = 1;
    CHECK(says(reason(name, narrow), "width"));
    if (std::string(name) != "gpfq_gaussian_rate") check_refuses_clipping(name, facts);
  }
}

TEST_CASE("rates: hypotheses of each") {
  check_needs_law("gpfq_gaussian_rate", ternary());
  check_needs_law("gpfq_bounded_rate", made_up_ball(2));
  CHECK(says(reason("gpfq_bounded_rate", made_up_gaussian(1)), "bounded"));
  CHECK(says(reason("gpfq_gaussian_rate", made_up_gaussian(1)), "three levels"));
  CHECK(says(reason("gpfq_gaussian_rate", thresholded(ternary(), Rounding::soft, 0.1)), "soft"));
  LayerFacts facts = ternary();
  facts.clipped = 5;
  CHECK(reason("gpfq_gaussian_rate", facts).empty());
  facts.alphabet.kind = AlphabetKind::midrise;
  CHECK(says(reason("gpfq_gaussian_rate", facts), "three levels"));
  facts = ternary();
  facts.columns.gaussian_sigma.reset();
  facts.columns.ball_radius = 1;
  CHECK(says(reason("gpfq_gaussian_rate", facts), "Gaussian"));
  facts = ternary();
  facts.statistics.largest_weights[1] = facts.alphabet.steps[1];
  CHECK(says(reason("gpfq_gaussian_rate", facts), "outermost"));

  CHECK(says(reason("gpfq_clusters_rate", made_up_gaussian(1)), "centres"));
  for (const char* name : {"gpfq_bounded_rate", "gpfq_clusters_rate"}) {
    facts = std::string(name) == "gpfq_clusters_rate" ? clustered(3) : made_up_ball(2);
    check_rounding(name, facts);
  }
}

}  // namespace rates_test
}  // namespace pathquant
