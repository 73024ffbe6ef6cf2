// Tests of the number of levels that SPFQ chooses: its formula, and runs with it.
#include "core/quantizers/layer_alphabet.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/path_following/no_clip_levels.hpp"
#include "core/path_following/path_growth.hpp"
#include "tests/core/bounds/line_facts.hpp"
#include "tests/core/bounds/small_path.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace layer_alphabet_test {

using Given = std::map<std::string, Value>;
const ExecutionContext never;

struct Chosen {
  std::unique_ptr<Quantizer> quantizer;
  std::optional<AlphabetRule> rule;
};

Chosen choose(const std::string& name, Given given) {
  given.try_emplace("alphabet.step", 0.25);
  if (!given.contains("alphabet.levels") && !given.contains("alphabet.bits"))
    given.try_emplace("alphabet.levels.rule", std::string("spfq_no_clip"));
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(name);
  const Parameters parameters(entry.description.parameters, given);
  Chosen chosen{entry.make(parameters), AlphabetRule(parameters)};
  check_levels_rule(*chosen.rule, chosen.quantizer->traits());
  return chosen;
}

std::string refusal(const std::string& name, const Given& given) {
  try {
    choose(name, given);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

bool says(const std::string& text, const char* part) {
  CAPTURE(text);
  return text.find(part) != std::string::npos;
}

template <class S>
std::int64_t half_levels(const LayerProblem<S>& problem, const Given& given) {
  const Chosen chosen = choose("spfq", given);
  return layer_alphabet(*chosen.rule, *chosen.quantizer, problem, never).half_levels.value();
}

TEST_CASE("spfq chooses the levels of the formula, from the weights it rounds and the columns it permutation") {
  for (const bool mismatch : {false, true})
    for (const char* order : {"natural", "decreasing_norm"})
      for (const char* kind : {"midtread", "midrise"})
        for (const Value& alignment : {Value(std::int64_t{2}), Value(std::string("perfect"))}) {
          LayerProblem<double> problem = zoo::gaussian_layer("levels", {6, 40, 5});
          if (mismatch) problem = zoo::mismatched_layer("levels", {6, 40, 5}, 0.5);
          const Given given = {{"order", std::string(order)},
                               {"alphabet.kind", std::string(kind)},
                               {"alignment", alignment},
                               {"alphabet.levels.probability", 0.9}};
          const Chosen chosen = choose("spfq", given);
          const Alphabet alphabet = layer_alphabet(*chosen.rule, *chosen.quantizer, problem, never);
          const FeatureOrder visited = chosen.quantizer->traits().order;
          const auto run = chosen.quantizer->quantize(problem, alphabet, Stream("draws"), never);
          const Vector largest = mismatch ? run.largest_aligned_weights
                                          : Vector(problem.weights().cwiseAbs().colwise().maxCoeff().transpose());
          CHECK(alphabet.half_levels ==
                spfq_no_clip_half_levels(largest, alphabet.steps,
                                         path_growth(permuted_columns(visited, problem), never).largest, 40, 1 - 0.9,
                                         alphabet.kind));
        }
  const LayerProblem<double> problem = zoo::gaussian_layer("levels", {6, 40, 5});
  CHECK(half_levels(problem, {}) == half_levels(problem, {{"alphabet.levels.probability", 0.99}}));
  CHECK(half_levels(problem, {{"alphabet.levels.probability", 1 - 1e-9}}) > half_levels(problem, {}));
  CHECK(half_levels(problem, {{"alphabet.step", 0.05}}) > half_levels(problem, {}));
  CHECK(half_levels(zoo::cast<float>(problem), {}) == half_levels(problem, {}));
}

TEST_CASE("runs with those levels clip no more often than promised, and unclipped ones are the infinite alphabet's") {
  constexpr int trials = 300;
  for (const double probability : {0.1, 0.9}) {
    int clipped = 0;
    for (int trial = 0; trial < trials; ++trial) {
      const std::string key = "trial " + std::to_string(trial);
      const LayerProblem<double> problem =
          trial % 2 == 0 ? zoo::gaussian_layer(key, {2, 40, 4}) : zoo::mismatched_layer(key, {3, 20, 4}, 0.2);
      const Chosen chosen = choose("spfq", {{"alphabet.levels.probability", probability}, {"alphabet.step", 1.0}});
      const Alphabet alphabet = layer_alphabet(*chosen.rule, *chosen.quantizer, problem, never);
      const auto run = chosen.quantizer->quantize(problem, alphabet, Stream(key), never);
      clipped += run.clipped > 0;
      if (run.clipped == 0)
        CHECK(run.weights ==
              chosen.quantizer->quantize(problem, zoo::infinite_alphabet(4, 1.0), Stream(key), never).weights);
    }
    CHECK(pathquant::testing::plausible(clipped, trials, 1 - probability));
  }
}

TEST_CASE("the rule for levels: what it does not go with") {
  CHECK(refusal("spfq", {}).empty());
  CHECK(says(refusal("gpfq", {}), "random with mean 0"));
  CHECK(says(refusal("msq", {}), "rounds the weights themselves"));
  CHECK(says(
      refusal("spfq", {{"alphabet.levels", std::int64_t{3}}, {"alphabet.levels.rule", std::string("spfq_no_clip")}}),
      "give either alphabet.levels or alphabet.bits"));
  CHECK(says(refusal("spfq", {{"alphabet.levels", std::int64_t{3}}, {"alphabet.levels.probability", 0.9}}),
             "goes with alphabet.levels.rule"));
  CHECK(says(refusal("spfq", {{"alphabet.convention", std::string("lybrand-saab")}}), "leave out alphabet.convention"));
  CHECK(says(refusal("spfq", {{"alphabet.kind", std::string("list")}, {"alphabet.values", std::string("0,1")}}),
             "leave out levels and bits"));
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find("spfq");
  const auto without_step = [&](Given given) {
    given["alphabet.levels.rule"] = std::string("spfq_no_clip");
    return AlphabetRule(Parameters(entry.description.parameters, given));
  };
  CHECK_THROWS_WITH_AS(without_step({}),
                       "the levels of spfq_no_clip depend on the step, so the step may not depend on them: give "
                       "alphabet.step",
                       std::invalid_argument);
  CHECK_THROWS_AS(without_step({{"alphabet.radius.rule", std::string("absmax")}}), std::invalid_argument);
  CHECK_THROWS_AS(choose("spfq", {{"alphabet.levels.probability", 1.0}}), std::invalid_argument);
  Matrix<double> tiny = zoo::gaussian_inputs("tiny", 3, 6);
  tiny.col(5) *= 1e-120;
  const LayerProblem<double> problem(tiny, std::nullopt, zoo::uniform_weights("tiny", 6, 2, 1.0));
  CHECK_THROWS_AS(half_levels(problem, {}), std::domain_error);
}

TEST_CASE("every quantizer that says it chooses levels does, and the others do not") {
  for (const QuantizerEntry* entry : Registry<QuantizerEntry>::instance().all()) {
    CAPTURE(entry->description.name);
    const ParameterTable& table = entry->description.parameters;
    if (std::any_of(table.begin(), table.end(), [](const Parameter& parameter) { return parameter.must_be_given; }))
      continue;  // a command or a file
    Given given;
    if (find(entry->description.parameters, "alphabet.step") != nullptr)
      given = {{"alphabet.levels", std::string("infinite")}, {"alphabet.step", 0.25}};
    const auto quantizer = entry->make(Parameters(entry->description.parameters, given));
    const auto problem = zoo::gaussian_layer("choice", {4, 12, 2});
    const Alphabet alphabet = zoo::infinite_alphabet(2, 0.25);
    const bool chooses = quantizer->traits().chooses_levels;
    CHECK(quantizer->no_clip_half_levels(problem, alphabet, 0.9, never).has_value() == chooses);
    CHECK(quantizer->no_clip_half_levels(zoo::cast<float>(problem), alphabet, 0.9, never).has_value() == chooses);
  }
}

TEST_CASE("spfq_no_clip: the line is 0 where there are levels enough") {
  using namespace pathquant::testing;
  LayerFacts facts = made_up();
  facts.statistics.largest_aligned_weights = (Vector(3) << 1.0, 0.5, 2.0).finished();  // 2, 2.5 and 2.2 steps
  facts.statistics.growth = PathGrowth{.largest = 130};
  const auto enough =
      spfq_no_clip_half_levels(facts.statistics.largest_aligned_weights, facts.alphabet.steps, 130, 19, 0.01);
  facts.alphabet.half_levels = enough;
  CHECK(value("spfq_no_clip", facts, 0.01) == 0);
  CHECK(reason("spfq_no_clip", facts).empty());
  facts.alphabet.half_levels = enough - 1;
  CHECK(says(pathquant::testing::reason("spfq_no_clip", facts), "makes sure that nothing clips"));
  facts.alphabet.half_levels.reset();
  CHECK(says(pathquant::testing::reason("spfq_no_clip", facts), "infinite"));
  facts.alphabet.half_levels = enough;
  facts.clipped = 5;  // that is what it is about
  CHECK(pathquant::testing::reason("spfq_no_clip", facts).empty());
  CHECK(says(pathquant::testing::reason("spfq_no_clip", listed(facts)), "list of levels"));
  check_needs_inputs_and_steps("spfq_no_clip", facts);
  facts.statistics.growth->largest = 1e20;
  CHECK(says(pathquant::testing::reason("spfq_no_clip", facts), "reasonable size"));
  CHECK(line("spfq_no_clip").quantity == Quantity::clipped);
  CHECK(line("spfq_no_clip").needs_path_growth);
}

TEST_CASE("spfq_levels: the levels of the K that is enough; what clips is not covered") {
  using namespace pathquant::testing;
  LayerFacts facts = made_up();
  facts.alphabet.half_levels.reset();
  facts.statistics.largest_aligned_weights = (Vector(3) << 1.0, 0.5, 2.0).finished();
  facts.statistics.growth = PathGrowth{.largest = 130};
  for (const double eta : {0.5, 0.01, 1e-9}) {
    const auto enough = [&](AlphabetKind kind) {
      return static_cast<double>(
          spfq_no_clip_half_levels(facts.statistics.largest_aligned_weights, facts.alphabet.steps, 130, 19, eta, kind));
    };
    CHECK(value("spfq_levels", facts, eta) == 2 * enough(AlphabetKind::midtread) + 1);
    LayerFacts midrise = facts;
    midrise.alphabet.kind = AlphabetKind::midrise;
    CHECK(value("spfq_levels", midrise, eta) == 2 * enough(AlphabetKind::midrise));
  }
  check_needs_inputs_and_steps("spfq_levels", facts);
  check_refuses_clipping("spfq_levels", facts);
  CHECK(says(pathquant::testing::reason("spfq_levels", listed(facts)), "list of levels"));
}

TEST_CASE("spfq uses no more levels than that, but for a share eta of runs") {
  constexpr int trials = 300;
  for (const double eta : {0.9, 0.1}) {
    int above = 0;
    for (int trial = 0; trial < trials; ++trial) {
      const std::string key = "levels " + std::to_string(trial);
      const LayerProblem<double> problem =
          trial % 2 == 0 ? zoo::gaussian_layer(key, {2, 40, 4}) : zoo::mismatched_layer(key, {3, 20, 4}, 0.2);
      const Chosen chosen = choose("spfq", {{"alphabet.levels", std::string("infinite")}, {"alphabet.step", 1.0}});
      const Alphabet infinite = zoo::infinite_alphabet(4, 1.0);
      const auto run = chosen.quantizer->quantize(problem, infinite, Stream(key), never);
      const auto enough = chosen.quantizer->no_clip_half_levels(problem, infinite, 1 - eta, never);
      above += levels_used(infinite, run.weights).value() > 2 * enough.value() + 1;
    }
    CHECK(pathquant::testing::plausible(above, trials, eta));
  }
}

}  // namespace layer_alphabet_test
