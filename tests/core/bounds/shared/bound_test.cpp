// Tests of the properties of every registered bound, and of the quantizers that it applies to.
#include "core/bounds/shared/bound.hpp"

#include <doctest/doctest.h>

#include "tests/core/bounds/line_facts.hpp"

namespace pathquant {
namespace line_test {

using testing::line;

struct Expected {
  const char* name;
  BoundKind kind;
  Quantity quantity;
  bool deterministic, needs_path_covariance;
  const char* quantizer;
};

constexpr auto energy = Quantity::error_energy;
const Expected expected[] = {
    {"msq_prediction", BoundKind::prediction, energy, false, false, "msq"},
    {"gpfq_prediction", BoundKind::prediction, energy, false, true, "gpfq"},
    {"spfq_prediction", BoundKind::prediction, energy, false, true, "spfq"},
    {"gpfq_law_prediction", BoundKind::prediction, energy, false, false, "gpfq"},
    {"spfq_law_prediction", BoundKind::prediction, energy, false, false, "spfq"},
    {"gpfq_mean", BoundKind::upper_mean, energy, false, false, "gpfq"},
    {"gpfq_moment", BoundKind::upper, energy, false, false, "gpfq"},
    {"gpfq_exponential", BoundKind::upper, energy, false, false, "gpfq"},
    {"gpfq_paper", BoundKind::upper, energy, false, false, "gpfq"},
    {"gpfq_finite", BoundKind::upper, energy, false, false, "gpfq"},
    {"gpfq_deterministic", BoundKind::upper, energy, true, false, "gpfq"},
    {"spfq_mean", BoundKind::upper_mean, energy, false, true, "spfq"},
    {"spfq_l2", BoundKind::upper, energy, false, true, "spfq"},
    {"spfq_l2_kappa", BoundKind::upper, energy, false, false, "spfq"},
    {"spfq_gaussian_weights", BoundKind::upper, Quantity::relative_squared_error, false, true, "spfq"},
    {"spfq_paper_linf", BoundKind::upper, Quantity::max_abs_error, false, false, "spfq"},
    {"spfq_linf", BoundKind::upper, Quantity::max_abs_error, false, true, "spfq"},
    {"spfq_paper_l2", BoundKind::upper, Quantity::max_neuron_squared_error, false, false, "spfq"},
    {"gpfq_gaussian_rate", BoundKind::decay, energy, false, false, "gpfq"},
    {"gpfq_bounded_rate", BoundKind::decay, energy, false, false, "gpfq"},
    {"gpfq_clusters_rate", BoundKind::decay, energy, false, false, "gpfq"},
    {"spfq_rate", BoundKind::decay, energy, false, false, "spfq"},
    {"spfq_direction", BoundKind::upper, Quantity::direction_error, false, true, "spfq"},
    {"spfq_alignment", BoundKind::upper, energy, false, true, "spfq"},
    {"spfq_levels", BoundKind::upper, Quantity::levels_used, false, false, "spfq"},
    {"spfq_no_clip", BoundKind::upper, Quantity::clipped, false, false, "spfq"},
    {"msq_fresh_prediction", BoundKind::prediction, Quantity::fresh_relative_squared_error, false, false, "msq"},
    {"gpfq_fresh_prediction", BoundKind::prediction, Quantity::fresh_relative_squared_error, false, false, "gpfq"},
    {"spfq_fresh_prediction", BoundKind::prediction, Quantity::fresh_relative_squared_error, false, false, "spfq"},
};

TEST_CASE("lines: kind, quantity and flags") {
  for (const Expected& one : expected) {
    CAPTURE(one.name);
    const BoundEntry& entry = line(one.name);
    CHECK(entry.kind == one.kind);
    CHECK(entry.quantity == one.quantity);
    CHECK(entry.deterministic == one.deterministic);
    CHECK(entry.needs_path_covariance == one.needs_path_covariance);
  }
}

TEST_CASE("lines: each concerns its own quantizer only, and none that promises nothing") {
  const QuantizerTraits msq{.uses_inputs = false};
  const QuantizerTraits gpfq{.path_following = true};
  const QuantizerTraits spfq{.path_following = true, .rounding = Rounding::stochastic, .random = true};
  const QuantizerTraits random_msq{.uses_inputs = false, .rounding = Rounding::stochastic, .random = true};
  for (const Expected& one : expected) {
    CAPTURE(one.name);
    const auto& concerns = line(one.name).concerns;
    CHECK(concerns(msq) == (std::string(one.quantizer) == "msq"));
    CHECK(concerns(gpfq) == (std::string(one.quantizer) == "gpfq"));
    CHECK(concerns(spfq) == (std::string(one.quantizer) == "spfq"));
    for (const Rounding threshold : {Rounding::soft, Rounding::hard}) {
      CHECK(concerns({.path_following = true, .rounding = threshold}) == (std::string(one.quantizer) == "gpfq"));
      CHECK_FALSE(concerns({.uses_inputs = false, .rounding = threshold}));
    }
    CHECK_FALSE(concerns(random_msq));
    CHECK_FALSE(concerns({.path_following = true, .rounding = Rounding::logistic, .random = true}));
    CHECK_FALSE(concerns(QuantizerTraits{}));
  }
}

TEST_CASE("lines: every registered line explains itself, and bounds judged after the run say so") {
  for (const BoundEntry* entry : Registry<BoundEntry>::instance().all()) {
    CAPTURE(entry->description.name);
    CHECK_FALSE(entry->description.summary.empty());
    CHECK_FALSE(entry->description.formula.empty());
    CHECK_FALSE(entry->description.hypotheses.empty());
    CHECK_FALSE(entry->description.source.empty());
    CHECK(entry->concerns);
    CHECK(entry->evaluate);
  }
  for (const char* name : {"gpfq_moment", "gpfq_exponential", "gpfq_paper", "spfq_l2", "spfq_l2_kappa", "spfq_linf",
                           "spfq_paper_l2", "spfq_paper_linf", "spfq_gaussian_weights"})
    CHECK(testing::says(line(name).description.hypotheses, "joint event"));
}

TEST_CASE("lines: none applies where steps are of the size of the arithmetic's rounding") {
  for (const Expected& one : expected) {
    if (one.kind == BoundKind::decay || one.quantity == Quantity::clipped || one.quantity == Quantity::levels_used)
      continue;
    CAPTURE(one.name);
    LayerFacts facts = testing::made_up();
    if (std::string(one.quantizer) == "spfq") facts.quantizer.rounding = Rounding::stochastic;
    facts.unit = 0x1p-24;
    facts.statistics.largest_weights = Vector::Constant(3, 0.2 / (63 * facts.unit));  // the least step is 0.2
    CHECK(testing::says(testing::reason(one.name, facts), "units in the last place"));
    facts.statistics.largest_weights = Vector::Constant(3, 0.2 / (65 * facts.unit));
    CHECK_FALSE(testing::says(testing::reason(one.name, facts), "units in the last place"));
  }
}

TEST_CASE("lines: the kinds as words") {
  CHECK(to_text(BoundKind::upper) == "upper");
  CHECK(to_text(BoundKind::upper_mean) == "upper_mean");
  CHECK(to_text(BoundKind::prediction) == "prediction");
  CHECK(to_text(BoundKind::lower_mean) == "lower_mean");
  CHECK(to_text(BoundKind::decay) == "rate");
}

}  // namespace line_test
}  // namespace pathquant
