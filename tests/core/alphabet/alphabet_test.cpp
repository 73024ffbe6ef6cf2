#include "core/alphabet/alphabet_rule.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

using namespace pathquant;

namespace alphabet_test {

AlphabetRule rule(const std::map<std::string, Value>& given) {
  return AlphabetRule(Parameters(AlphabetRule::parameters(), given));
}

const RowMatrix<double> weights = (RowMatrix<double>(2, 3) << 0.5, -2, 1, 0.25, 1, -1).finished();

TEST_CASE("Levels are 2K + 1, with a fixed step or up to the largest weight") {
  const Alphabet fixed = rule({{"alphabet.levels", std::int64_t{17}}, {"alphabet.step", 0.1}}).resolve(weights);
  CHECK(fixed.levels() == 17);
  CHECK(fixed.half_levels == 8);
  CHECK(fixed.steps == Vector::Constant(3, 0.1));
  CHECK(fixed.largest(1) == doctest::Approx(0.8));

  const Alphabet absmax =
      rule({{"alphabet.levels", std::int64_t{5}}, {"alphabet.radius.rule", "absmax"}}).resolve(weights);
  CHECK(absmax.steps == Vector::Constant(3, 1.0));
  CHECK(absmax.largest(0) == weights.cwiseAbs().maxCoeff());

  const Alphabet scaled =
      rule({{"alphabet.levels", std::int64_t{5}}, {"alphabet.radius.rule", "absmax"}, {"alphabet.radius.scale", 0.5}})
          .resolve(weights);
  CHECK(scaled.largest(0) == 1.0);
}

TEST_CASE("Bits mean the largest mid-tread alphabet that fits") {
  const auto levels = [](double bits) {
    return rule({{"alphabet.bits", bits}, {"alphabet.step", 1.0}}).resolve(weights).levels();
  };
  for (int bits = 2; bits <= 50; ++bits) CHECK(levels(bits) == (std::int64_t{1} << bits) - 1);
  CHECK(levels(std::log2(3)) == 3);
  CHECK(levels(std::log2(5)) == 5);
  CHECK(levels(2.9) == 7);  // 2^2.9 = 7.46
  CHECK(levels(2.8) == 5);  // 2^2.8 = 6.96
}

TEST_CASE("The infinite alphabet has no largest level") {
  const Alphabet infinite = rule({{"alphabet.levels", "infinite"}, {"alphabet.step", 2.0}}).resolve(weights);
  CHECK_FALSE(infinite.levels().has_value());
  CHECK(infinite.largest(0) == std::numeric_limits<double>::infinity());
}

TEST_CASE("Contradictions are refused") {
  const Value step = 1.0;
  const Value three = std::int64_t{3};
  CHECK_THROWS_AS(rule({{"alphabet.step", step}}), std::invalid_argument);
  CHECK_THROWS_AS(rule({{"alphabet.levels", three}, {"alphabet.bits", 2.0}, {"alphabet.step", step}}),
                  std::invalid_argument);
  CHECK_THROWS_AS(rule({{"alphabet.levels", std::int64_t{4}}, {"alphabet.step", step}}), std::invalid_argument);
  CHECK_THROWS_AS(rule({{"alphabet.bits", 1.0}, {"alphabet.step", step}}), std::invalid_argument);
  CHECK_THROWS_AS(rule({{"alphabet.levels", three}}), std::invalid_argument);
  CHECK_THROWS_AS(rule({{"alphabet.levels", "infinite"}, {"alphabet.radius.rule", "absmax"}}), std::invalid_argument);
  CHECK_THROWS_AS(rule({{"alphabet.levels", three}, {"alphabet.step", step}, {"alphabet.radius.rule", "absmax"}}),
                  std::invalid_argument);
  CHECK_THROWS_AS(rule({{"alphabet.levels", three}, {"alphabet.radius.scale", 2.0}}),
                  std::invalid_argument);  // no rule
  CHECK_THROWS_AS(rule({{"alphabet.levels", three}, {"alphabet.step", 0.0}}), std::invalid_argument);
  CHECK_THROWS_AS(
      rule({{"alphabet.levels", three}, {"alphabet.radius.rule", "absmax"}}).resolve(RowMatrix<double>::Zero(2, 2)),
      std::domain_error);
}

TEST_CASE("Mid-rise alphabets have an even number of levels and none at 0") {
  const std::map<std::string, Value> midrise = {{"alphabet.kind", "midrise"}, {"alphabet.step", 0.5}};
  auto four = midrise;
  four["alphabet.levels"] = std::int64_t{4};
  CHECK(rule(four).resolve(weights).levels() == 4);
  CHECK(rule(four).resolve(weights).largest(0) == 0.75);
  auto bits = midrise;
  for (int b = 1; b <= 20; ++b) {
    bits["alphabet.bits"] = static_cast<double>(b);
    CHECK(rule(bits).resolve(weights).levels() == std::int64_t{1} << b);
  }
  bits["alphabet.bits"] = std::log2(5);
  CHECK(rule(bits).resolve(weights).levels() == 4);
  auto infinite = midrise;
  infinite["alphabet.levels"] = "infinite";
  CHECK_FALSE(rule(infinite).resolve(weights).levels().has_value());
  four["alphabet.levels"] = std::int64_t{5};
  CHECK_THROWS_AS(rule(four), std::invalid_argument);
  CHECK(rule({{"alphabet.kind", "midrise"}, {"alphabet.levels", std::int64_t{4}}, {"alphabet.radius.rule", "absmax"}})
            .resolve(weights)
            .largest(0) == 2.0);
}

TEST_CASE("A list says its levels itself") {
  const Alphabet list = rule({{"alphabet.kind", "list"}, {"alphabet.values", "-1, -0.5 0.5, 1"}}).resolve(weights);
  CHECK(list.values == std::vector<double>{-1, -0.5, 0.5, 1});
  CHECK(list.levels() == 4);
  CHECK(list.steps == Vector::Ones(3));
  const Alphabet scaled = rule({{"alphabet.kind", "list"},
                                {"alphabet.values", "-4,-1,1"},
                                {"alphabet.radius.rule", "absmax"},
                                {"alphabet.radius.scale", 0.5}})
                              .resolve(weights);
  CHECK(scaled.steps == Vector::Constant(3, 0.25));
  CHECK(scaled.largest(2) == 1.0);
  CHECK_THROWS_AS(rule({{"alphabet.kind", "list"}}), std::invalid_argument);
  CHECK_THROWS_AS(rule({{"alphabet.kind", "list"}, {"alphabet.values", "1"}}), std::invalid_argument);
  CHECK_THROWS_AS(rule({{"alphabet.kind", "list"}, {"alphabet.values", "1,0"}}), std::invalid_argument);
  CHECK_THROWS_AS(rule({{"alphabet.kind", "list"}, {"alphabet.values", "0,1"}, {"alphabet.bits", 2.0}}),
                  std::invalid_argument);
  CHECK_THROWS_AS(rule({{"alphabet.values", "0,1"}, {"alphabet.bits", 2.0}, {"alphabet.step", 1.0}}),
                  std::invalid_argument);
}

TEST_CASE("Every radius rule, of the layer and of each neuron") {
  // |w| by neuron: (0.5, 0.25), (2, 1), (1, 1).
  const auto steps = [](const std::string& name, const std::string& granularity,
                        std::map<std::string, Value> more = {}) {
    more.insert(
        {{"alphabet.levels", std::int64_t{3}}, {"alphabet.radius.rule", name}, {"alphabet.granularity", granularity}});
    return rule(more).resolve(weights).steps;
  };
  const auto layer = [](double step) { return Vector(Vector::Constant(3, step)); };
  CHECK(steps("absmax", "layer") == layer(2));
  CHECK(steps("absmax", "neuron") == Vector{{0.5, 2, 1}});
  CHECK(steps("quantile", "layer") == layer(3.5 / 3));
  CHECK(steps("quantile", "neuron") == Vector{{0.5, 2, 1}});
  const std::map<std::string, Value> quarter = {{"alphabet.radius.percentile", 0.25}};
  CHECK(steps("quantile", "layer", quarter) == layer((0.3125 + 1.25 + 1) / 3));
  CHECK(steps("quantile", "neuron", quarter) == Vector{{0.3125, 1.25, 1}});
  CHECK(steps("median", "layer") == layer(1));
  CHECK(steps("median", "neuron") == Vector{{0.375, 1.5, 1}});
  CHECK(steps("rms", "layer") == layer(std::sqrt(7.3125 / 6)));
  CHECK(steps("rms", "neuron") == Vector{{std::sqrt(0.15625), std::sqrt(2.5), 1}});
  CHECK(steps("mse", "neuron")(2) == 1);
  CHECK(steps("mse", "neuron")(1) == 1.5);  // (1 + 2)/2, error 1/2: better than the 2 with error 1
  CHECK(steps("mse", "layer", {{"alphabet.radius.scale", 2.0}}) == Vector(2 * steps("mse", "layer")));
}

TEST_CASE("Quantiles are linear between the order statistics") {
  const RowMatrix<double> row = (RowMatrix<double>(1, 5) << 3, -1, 0, 10, -7).finished();
  CHECK(quantile_of_magnitudes(row, 0) == 0);
  CHECK(quantile_of_magnitudes(row, 0.25) == 1);
  CHECK(quantile_of_magnitudes(row, 0.5) == 3);
  CHECK(quantile_of_magnitudes(row, 0.6) == doctest::Approx(3 + 0.4 * 4).epsilon(1e-15).scale(0));
  CHECK(quantile_of_magnitudes(row, 0.9) == doctest::Approx(7 + 0.6 * 3).epsilon(1e-15).scale(0));
  CHECK(quantile_of_magnitudes(row, 1) == 10);
  CHECK(quantile_of_magnitudes(row.leftCols(1), 0.3) == 3);
  CHECK(radius(row.leftCols(4), RadiusRule::median, 1) == 2);
}

TEST_CASE("Conventions are two published codes' alphabets") {
  const auto named = [](const std::string& name, double bits, std::map<std::string, Value> more = {}) {
    more.insert({{"alphabet.convention", name}, {"alphabet.bits", bits}});
    return rule(more).resolve(weights);
  };
  for (int bits = 1; bits <= 12; ++bits) {
    const Alphabet zhang = named("zhang-zhou-saab", bits, {{"alphabet.radius.scale", 1.5}});
    CHECK(zhang.levels() == (std::int64_t{1} << bits) + 1);
    CHECK(zhang.kind == AlphabetKind::midtread);
    CHECK_FALSE(zhang.ties_to_lower);
    CHECK(zhang.largest(0) == doctest::Approx(1.5 * 3.5 / 3).epsilon(1e-15).scale(0));
    const Alphabet lybrand = named("lybrand-saab", bits, {{"alphabet.radius.scale", 1.5}});
    CHECK(lybrand.levels() == std::int64_t{1} << bits);
    CHECK(lybrand.kind == AlphabetKind::midrise);
    CHECK(lybrand.ties_to_lower);
    CHECK(lybrand.largest(0) == doctest::Approx(1.5).epsilon(1e-15).scale(0));
  }
  const Alphabet ternary = named("lybrand-saab", std::log2(3));
  CHECK(ternary.levels() == 3);
  CHECK(ternary.kind == AlphabetKind::midtread);
  CHECK(ternary.steps == Vector::Ones(3));
  CHECK(named("lybrand-saab", std::log2(6)).levels() == 6);
  CHECK_THROWS_AS(named("zhang-zhou-saab", 2.5), std::invalid_argument);
  for (const char* name : {"zhang-zhou-saab", "lybrand-saab"}) {
    CHECK_THROWS_AS(named(name, 2, {{"alphabet.radius.rule", "absmax"}}), std::invalid_argument);
    CHECK_THROWS_AS(named(name, 2, {{"alphabet.granularity", "neuron"}}), std::invalid_argument);
    CHECK_THROWS_AS(named(name, 2, {{"alphabet.kind", "midrise"}}), std::invalid_argument);
    CHECK(named(name, 2, {{"alphabet.step", 0.25}}).steps == Vector::Constant(3, 0.25));
  }
}

TEST_CASE("A hard threshold is part of the radius") {
  const ParameterTable table = ParameterTable{word("decision", {"nearest", "soft", "hard"}, "of a quantizer"),
                                              real("threshold", "of a quantizer")} +
                               AlphabetRule::parameters();
  const auto largest = [&](const std::string& decision, double threshold, const std::string& radius_rule) {
    const Alphabet alphabet = AlphabetRule(Parameters(table, {{"alphabet.levels", std::int64_t{9}},
                                                              {"alphabet.radius.rule", radius_rule},
                                                              {"alphabet.radius.scale", 0.75},
                                                              {"decision", decision},
                                                              {"threshold", threshold}}))
                                  .resolve(weights);
    return alphabet.largest(0);
  };
  CHECK(largest("hard", 0.5, "absmax") == 1.0);  // 0.5 + 4 step = 0.75 * 2
  CHECK(largest("soft", 0.5, "absmax") == 1.5);
  CHECK_THROWS_AS(largest("hard", 1.5, "absmax"), std::domain_error);
  CHECK_THROWS_AS(largest("hard", 0.5, "mse"), std::invalid_argument);
}

TEST_CASE("More contradictions are refused") {
  const Value three = std::int64_t{3};
  const auto refused = [&](std::map<std::string, Value> given) {
    given.insert({"alphabet.levels", three});
    CHECK_THROWS_AS(rule(given), std::invalid_argument);
  };
  refused({{"alphabet.step", 1.0}, {"alphabet.granularity", "neuron"}});
  refused({{"alphabet.radius.rule", "absmax"}, {"alphabet.radius.percentile", 0.5}});
  refused({{"alphabet.radius.rule", "quantile"}, {"alphabet.radius.percentile", 1.5}});
  refused({{"alphabet.levels", std::int64_t{1} << 20 | 1}, {"alphabet.radius.rule", "mse"}});
  CHECK_THROWS_AS(
      rule({{"alphabet.levels", three}, {"alphabet.radius.rule", "mse"}}).resolve(RowMatrix<double>::Zero(2, 2)),
      std::domain_error);
  CHECK_THROWS_AS(
      rule({{"alphabet.levels", three}, {"alphabet.radius.rule", "median"}, {"alphabet.granularity", "neuron"}})
          .resolve((RowMatrix<double>(2, 2) << 1, 0, 1, 0).finished()),
      std::domain_error);
}

TEST_CASE("the levels used are those of the smallest alphabet that has the values") {
  const auto used = [](AlphabetKind kind, const Vector& steps, const RowMatrix<double>& values) {
    return levels_used(Alphabet{steps, std::nullopt, kind, {}, false}, values);
  };
  const Vector steps = (Vector(2) << 0.5, 0.1).finished();
  for (int k = 1; k < 200; ++k) {
    RowMatrix<double> values = RowMatrix<double>::Zero(3, 2);
    values(1, 1) = -0.1 * k;
    CHECK(used(AlphabetKind::midtread, steps, values) == 2 * k + 1);
    values.setConstant(0.25);
    values.col(1).setConstant(0.05);
    values(2, 0) = 0.5 * (k - 0.5);
    CHECK(used(AlphabetKind::midrise, steps, values) == 2 * k);
  }
  CHECK(used(AlphabetKind::midtread, steps, RowMatrix<double>::Zero(3, 2)) == 3);
  CHECK_FALSE(used(AlphabetKind::midtread, steps, RowMatrix<double>::Constant(3, 2, 1e300)).has_value());
  CHECK_FALSE(used(AlphabetKind::list, steps, RowMatrix<double>::Zero(3, 2)).has_value());
}

}  // namespace alphabet_test
