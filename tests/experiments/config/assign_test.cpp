#include <doctest/doctest.h>

#include "experiments/config/config.hpp"

using namespace pathquant;

namespace assign_test {

Node node(const std::string& text) {
  Diagnostics diagnostics;
  Node result = parse_yaml(text, "a", diagnostics);
  REQUIRE(diagnostics.empty());
  return result;
}

nlohmann::json assigned(const std::string& root, const std::string& path, const std::string& value) {
  Node tree = node(root);
  assign(tree, path, node(value));
  return to_json_tree(tree);
}

nlohmann::json json(const char* text) {
  return nlohmann::json::parse(text);
}

/// The dotted paths of all inherited values.
std::vector<std::string> inherited(const Node& tree, const std::string& above = "") {
  std::vector<std::string> paths;
  for (const Entry& entry : tree.entries) {
    if (entry.value.inherited) paths.push_back(above + entry.key);
    for (const std::string& inner : inherited(entry.value, above + entry.key + ".")) paths.push_back(inner);
  }
  return paths;
}

using Paths = std::vector<std::string>;

TEST_CASE("mappings are merged to any depth, anything else is replaced") {
  CHECK(assigned("{}", "a.b.c", "1") == json(R"({"a": {"b": {"c": 1}}})"));
  CHECK(assigned("{a: {b: 1, c: {d: 2}}}", "a", "{c: {e: 3}, f: 4}") ==
        json(R"({"a": {"b": 1, "c": {"d": 2, "e": 3}, "f": 4}})"));
  CHECK(assigned("{a: {b: 1}}", "a", "[1, 2]") == json(R"({"a": [1, 2]})"));
  CHECK(assigned("{a: [1, 2]}", "a", "[3]") == json(R"({"a": [3]})"));
  CHECK(assigned("{a: 1}", "a.b", "2") == json(R"({"a": {"b": 2}})"));
  CHECK(assigned("{a: }", "a", "{b: 2}") == json(R"({"a": {"b": 2}})"));
}

TEST_CASE("what is set is where it was written") {
  Node tree = node("a: {b: 1}\n");
  Node value = node("2");
  value.at = {"command line: a.b", 0, 0};
  assign(tree, "a.b", value);
  CHECK(tree.find("a")->find("b")->at.source == "command line: a.b");
  CHECK(tree.find("a")->entries.front().key_at.source == "command line: a.b");
}

TEST_CASE("another name inherits the parameters, the same name keeps them") {
  Node tree = node("q: {name: spfq, alignment: 2, alphabet: {step: 1, levels: 3}}");
  assign(tree, "q", node("{name: spfq, alphabet: {step: 2}}"));
  CHECK(inherited(tree) == Paths{});
  assign(tree, "q", node("{name: msq, alphabet: {step: 3}}"));
  CHECK(nlohmann::json(to_json_tree(tree)) ==
        json(R"({"q": {"alignment": 2, "alphabet": {"step": 3, "levels": 3}, "name": "msq"}})"));
  CHECK(inherited(tree) == Paths{"q.alignment", "q.alphabet.levels"});
}

TEST_CASE("a parameter that is given anew is no longer inherited") {
  Node tree = node("q: {name: spfq, alignment: 2}");
  assign(tree, "q", node("{name: msq}"));
  assign(tree, "q.alignment", node("3"));
  CHECK(inherited(tree) == Paths{});
}

TEST_CASE("a name set by its own path is another name too") {
  for (const char* key : {"name", "distribution", "dataset"}) {
    Node tree = node(std::string("s: {") + key + ": a, k: 1}");
    assign(tree, std::string("s.") + key, node("b"));
    CHECK(tree.find("s")->find(key)->value == Value("b"));
    CHECK(inherited(tree) == Paths{"s.k"});
    assign(tree, "s.k", node("2"));
    assign(tree, std::string("s.") + key, node("b"));
    CHECK(inherited(tree) == Paths{});
  }
}

TEST_CASE("a data set takes the place of a distribution, and the other way round") {
  for (const char* change : {"{dataset: mnist}", "{dataset: mnist, split: test}"}) {
    Node tree = node("inputs: {distribution: gaussian, sigma: 2, samples: 8}");
    assign(tree, "inputs", node(change));
    CHECK(tree.find("inputs")->find("distribution") == nullptr);
    CHECK(tree.find("inputs")->find("dataset")->value == Value("mnist"));
    CHECK(inherited(tree) == Paths{"inputs.sigma", "inputs.samples"});
    assign(tree, "inputs.distribution", node("ball"));
    CHECK(tree.find("inputs")->find("dataset") == nullptr);
  }
}

TEST_CASE("naming for the first time inherits what was there") {
  Node tree = node("q: {alphabet: {step: 1}}");
  assign(tree, "q", node("{name: msq}"));
  CHECK(inherited(tree) == Paths{"q.alphabet", "q.alphabet.step"});
}

}  // namespace assign_test
