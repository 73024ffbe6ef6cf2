#include "experiments/config/section.hpp"

#include <doctest/doctest.h>

#include "experiments/config/cell_values.hpp"
#include "experiments/config/config.hpp"
#include "tests/experiments/config_text.hpp"

using namespace pathquant;
using testing::Texts;

namespace section_test {

const std::vector<Selector> selectors = {{"distribution", {"gaussian", "ball"}}, {"dataset", {"mnist"}}};
const ParameterTable table = {real("sigma", "the spread").above(0).defaults_to(1.0),
                              integer("shape.rows", "how many").at_least(1).required()};
const ParameterTable family = table + ParameterTable{real("other", "of another law")};

Node cell(const std::string& text) {
  Diagnostics diagnostics;
  Node result = parse_yaml(text, "stem.yaml", diagnostics);
  REQUIRE(diagnostics.empty());
  return result;
}

/// The section's parameters; nothing where something is wrong with them.
std::optional<Parameters> resolve(const Section& section, Diagnostics& diagnostics) {
  CellValues values(diagnostics);
  const std::size_t before = diagnostics.size();
  values.add(section, table, family);
  try {
    const Parameters parameters = values.resolve(section, table);
    if (diagnostics.size() == before) return parameters;
  } catch (const CellValues::Invalid&) {
    CHECK(diagnostics.size() > before);
  }
  return std::nullopt;
}

/// What reading the section `inputs`, and resolving it, reports of.
Texts said(const std::string& text) {
  Diagnostics diagnostics;
  const auto section = read_section(cell(text), "inputs", selectors, diagnostics);
  if (section) resolve(*section, diagnostics);
  return testing::in_short(diagnostics);
}

TEST_CASE("a section says what it names and gives its parameters by dotted names") {
  Diagnostics diagnostics;
  const Node tree = cell("inputs: {distribution: ball, shape: {rows: 3}, sigma: ~}");
  const auto section = read_section(tree, "inputs", selectors, diagnostics);
  REQUIRE(section.has_value());
  CHECK(section->selector == "distribution");
  CHECK(section->name == "ball");
  CHECK(section->given.size() == 1);
  const auto parameters = resolve(*section, diagnostics);
  CHECK(diagnostics.empty());
  REQUIRE(parameters.has_value());
  CHECK(parameters->integer("shape.rows") == 3);
  CHECK(parameters->real("sigma") == 1.0);
}

TEST_CASE("a section that names nothing, or two things, is refused") {
  CHECK(said("a: 1") == Texts{"1:1: inputs is missing: give a mapping with distribution or dataset"});
  CHECK(said("inputs: 3") == Texts{"1:9: inputs is not a mapping: give a mapping with distribution or dataset"});
  CHECK(said("inputs: {sigma: 1}") == Texts{"1:9: inputs does not say which: give distribution or dataset"});
  CHECK(said("inputs: {dataset: mnist, distribution: ball}").size() == 1);
  CHECK(said("inputs: {distribution: bal}") ==
        Texts{"1:24: there is no distribution 'bal' (did you mean 'ball'?): gaussian, ball"});
  // A data set's name under the other key is unknown there.
  CHECK(said("inputs: {distribution: mnist}").size() == 1);
}

TEST_CASE("every parameter that is wrong is told, at its key or its value") {
  CHECK(said("inputs: {distribution: ball, sigm: 1, sigma: 0, shape: {rows: x}}") ==
        Texts{"1:30: inputs 'ball' has no parameter 'sigm' (did you mean 'sigma'?)",
              "1:46: inputs.sigma must be a number > 0, not 0",
              "1:63: inputs.shape.rows must be an integer >= 1, not x"});
  CHECK(said("inputs: {distribution: ball}") == Texts{"1:9: inputs.shape.rows is missing: how many"});
  const Texts list = said("inputs: {distribution: ball, shape: {rows: [1, 2]}}");
  REQUIRE(!list.empty());
  CHECK(list.back() == "1:44: inputs.shape.rows takes one value; to sweep it, put the list under sweep.grid");
}

TEST_CASE("an inherited parameter is used where it is known and dropped where not") {
  Node tree = cell("inputs: {distribution: gaussian, sigma: 2, other: 3, shape: {rows: 4}}");
  assign(tree, "inputs", cell("{distribution: ball}"));
  Diagnostics diagnostics;
  const auto section = read_section(tree, "inputs", selectors, diagnostics);
  REQUIRE(section.has_value());
  const auto parameters = resolve(*section, diagnostics);
  CHECK(diagnostics.empty());
  REQUIRE(parameters.has_value());
  CHECK(parameters->real("sigma") == 2.0);
  CHECK_FALSE(parameters->has("other"));
}

TEST_CASE("an inherited parameter that nothing has is a slip of the fingers") {
  Node tree = cell("inputs: {distribution: gaussian, sgma: 2, shape: {rows: 4}}");
  assign(tree, "inputs", cell("{distribution: ball}"));
  Diagnostics diagnostics;
  const auto section = read_section(tree, "inputs", selectors, diagnostics);
  REQUIRE(section.has_value());
  CHECK_FALSE(resolve(*section, diagnostics).has_value());
  CHECK(testing::in_short(diagnostics) == Texts{"1:34: inputs 'ball' has no parameter 'sgma' (did you mean 'sigma'?)"});
}

TEST_CASE("an inherited value that the new one does not admit is a diagnostic") {
  Node tree = cell("inputs: {distribution: gaussian, sigma: -2, shape: {rows: 4}}");
  assign(tree, "inputs", cell("{distribution: ball}"));
  Diagnostics diagnostics;
  const auto section = read_section(tree, "inputs", selectors, diagnostics);
  REQUIRE(section.has_value());
  CHECK_FALSE(resolve(*section, diagnostics).has_value());
  CHECK(diagnostics.size() == 1);
}

}  // namespace section_test
