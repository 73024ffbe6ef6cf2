// Tests of the predictions on fresh rows: the formula term by term, and hypotheses that fail.
#include <doctest/doctest.h>

#include "tests/core/bounds/line_facts.hpp"

namespace pathquant {
namespace fresh_prediction_test {

using namespace testing;

LayerFacts with_fresh_rows() {
  LayerFacts facts = made_up();
  facts.fresh.expected_energy = 7.0;
  facts.fresh.spread = FreshSpread{.path = 23.0, .memoryless = 5.0};
  return facts;
}

TEST_CASE("fresh predictions: variance, squared steps, spread over energy") {
  const LayerFacts facts = with_fresh_rows();  // squares of the steps: 1.1
  CHECK(value("gpfq_fresh_prediction", facts, 0.5) == doctest::Approx(1.1 / 12 * 23 / 7).epsilon(1e-13).scale(0));
  CHECK(value("msq_fresh_prediction", facts, 0.5) == doctest::Approx(1.1 / 12 * 5 / 7).epsilon(1e-13).scale(0));
  LayerFacts stochastic = facts;
  stochastic.quantizer.rounding = Rounding::stochastic;
  CHECK(value("spfq_fresh_prediction", stochastic, 0.5) == doctest::Approx(1.1 / 6 * 23 / 7).epsilon(1e-13).scale(0));
}

TEST_CASE("fresh predictions: every hypothesis is looked at") {
  for (const char* name : {"gpfq_fresh_prediction", "spfq_fresh_prediction", "msq_fresh_prediction"}) {
    CAPTURE(name);
    const LayerFacts facts = with_fresh_rows();
    check_needs_inputs_and_steps(name, facts);
    check_refuses_clipping(name, facts);
    check_refuses_thresholds_and_lists(name, facts);
    CHECK(says(reason(name, mismatched(facts)), "X == Xq"));
    LayerFacts unknown = facts;
    unknown.fresh.expected_energy.reset();
    CHECK(says(reason(name, unknown), "second moment of a fresh row is not known"));
    LayerFacts nothing = facts;
    nothing.fresh.expected_energy = 0.0;
    CHECK(says(reason(name, nothing), "zeros only"));
    LayerFacts dead = facts;
    dead.fresh.spread->dead_columns = 1;
    CHECK(says(reason(name, dead), "a column of X is 0"));
    LayerFacts few = facts;
    few.fresh.rows = 21;  // of 3 neurons
    CHECK(says(reason(name, few), "21 fresh rows of 3 neurons"));
    few.fresh.rows = 22;
    CHECK(reason(name, few).empty());
    LayerFacts uneven = facts;
    uneven.statistics.rounding_evenness = 3;
    uneven.statistics.stochastic_evenness = 3;
    CHECK(says(reason(name, uneven), "do not spread evenly"));
    CHECK(line(name).kind == BoundKind::prediction);
    CHECK(line(name).quantity == Quantity::fresh_relative_squared_error);
    CHECK(line(name).needs_fresh_spread);
  }
}

}  // namespace fresh_prediction_test
}  // namespace pathquant
