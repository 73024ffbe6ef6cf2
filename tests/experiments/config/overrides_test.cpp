#include <doctest/doctest.h>

#include "experiments/config/config.hpp"
#include "tests/experiments/config_text.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace overrides_test {

/// The document as the overrides leave it.
nlohmann::json rewritten(const std::string& text, const std::vector<Override>& overrides) {
  const ReadConfig result = read(text, overrides);
  INFO(ConfigError(result.diagnostics).what());
  CHECK(result.diagnostics.empty());
  return result.config.resolved;
}

nlohmann::json json(const char* text) {
  return nlohmann::json::parse(text);
}

TEST_CASE("a single value is set where its path leads") {
  CHECK(rewritten("seed: 1\n", {{"seed", "2"}, {"a.b.c", "text"}, {"a.b.d", "1.5"}}) ==
        json(R"({"seed": 2, "a": {"b": {"c": "text", "d": 1.5}}})"));
  CHECK(rewritten("a: {b: 1, c: 2}\n", {{"a.b", "{d: 3}"}}) == json(R"({"a": {"b": {"d": 3}, "c": 2}})"));
  CHECK(rewritten("a: 1\n", {{"a", "2"}, {"a", "3"}}) == json(R"({"a": 3})"));
}

TEST_CASE("a single value takes the place of its axis, in every block") {
  CHECK(rewritten("sweep:\n"
                  "  - grid: {width: [1, 2], samples: [3]}\n"
                  "  - {grid: {neurons: [1]}, zip: {inputs.width: [4, 5], samples: [6, 7]}}\n",
                  {{"width", "9"}}) == json(R"({"inputs": {"width": 9},
            "sweep": [{"grid": {"samples": [3]}}, {"grid": {"neurons": [1]}, "zip": {"samples": [6, 7]}}]})"));
}

TEST_CASE("a single value reaches into the mappings that an axis sweeps") {
  CHECK(rewritten("quantizer: {name: msq, alphabet: {step: 1}}\n"
                  "sweep:\n"
                  "  - grid: {quantizer: [{name: msq}, {name: gpfq, alphabet: {step: 2, levels: 3}}]}\n"
                  "  - zip: {quantizer: [{name: spfq, alphabet.step: 3}]}\n",
                  {{"quantizer.alphabet.step", "5"}}) ==
        json(R"({"quantizer": {"name": "msq", "alphabet": {"step": 5}}, "sweep": [
            {"grid": {"quantizer": [{"name": "msq", "alphabet": {"step": 5}},
                                    {"name": "gpfq", "alphabet": {"step": 5, "levels": 3}}]}},
            {"zip": {"quantizer": [{"name": "spfq", "alphabet": {"step": 5}}]}}]})"));
}

TEST_CASE("a list becomes an axis of every grid, in the place of the one that was there") {
  CHECK(rewritten("inputs: {width: 1}\nsweep: {grid: {width: [1, 2], samples: [3]}}\n", {{"width", "7,8"}})["sweep"] ==
        json(R"({"grid": {"inputs.width": [7, 8], "samples": [3]}})"));
  CHECK(rewritten("sweep: [{zip: {width: [1, 2], samples: [3, 4]}}, {grid: {neurons: [1]}}]\n",
                  {{"inputs.width", "[7, 8]"}})["sweep"] ==
        json(R"([{"zip": {"samples": [3, 4]}, "grid": {"inputs.width": [7, 8]}},
                 {"grid": {"neurons": [1], "inputs.width": [7, 8]}}])"));
  CHECK(rewritten("seed: 1\n", {{"quantizer.alphabet.bits", "2,3"}})["sweep"] ==
        json(R"({"grid": {"quantizer.alphabet.bits": [2, 3]}})"));
  CHECK(rewritten("seed: 1\n", {{"quantizer", "{name: msq},{name: gpfq}"}})["sweep"] ==
        json(R"({"grid": {"quantizer": [{"name": "msq"}, {"name": "gpfq"}]}})"));
}

TEST_CASE("lists of bounds and of the figure are values, not axes") {
  const nlohmann::json config =
      rewritten("bounds: all\nplot: {x: width, y: b}\n",
                {{"bounds", "spfq_l2,gpfq_mean"}, {"plot.series", "a,b"}, {"plot.x", "samples"}});
  CHECK(config ==
        json(R"({"bounds": ["spfq_l2", "gpfq_mean"], "plot": {"x": "samples", "y": "b", "series": ["a", "b"]}})"));
  CHECK(rewritten("bounds: [spfq_l2]\n", {{"bounds", "none"}})["bounds"] == "none");
}

TEST_CASE("short names on either side are one key") {
  for (const char* text : {"width: 1\n", "inputs: {width: 1}\n", "inputs.width: 1\n"})
    for (const char* path : {"width", "inputs.width"})
      CHECK(rewritten(text, {{path, "2"}}) == json(R"({"inputs": {"width": 2}})"));
  CHECK(rewritten("neurons: 1\nsamples: 2\n", {{"neurons", "3"}, {"samples", "4"}}) ==
        json(R"({"inputs": {"samples": 4}, "weights": {"neurons": 3}})"));
}

TEST_CASE("an override has the last word whatever its order") {
  for (const bool axis_first : {true, false}) {
    const Override axis{"width", "1,2"};
    const Override other{"seed", "5"};
    const auto config = axis_first ? rewritten("seed: 1\n", {axis, other}) : rewritten("seed: 1\n", {other, axis});
    CHECK(config == json(R"({"seed": 5, "sweep": {"grid": {"inputs.width": [1, 2]}}})"));
  }
  // The later of two counts, also where one is a list.
  CHECK(rewritten("seed: 1\n", {{"width", "1,2"}, {"width", "3"}})["sweep"]["grid"].empty() == true);
}

TEST_CASE("what is wrong with an override is said with its key") {
  CHECK(said_of("seed: 1\n", {{"seed", "-1"}, {"trials", ""}, {"bounds", "spfq_l3"}}) ==
        Texts{"trials: a value is missing; write '' (with the quotes) for an empty text",
              "seed: seed must be an integer >= 0, not -1",
              "bounds: there is no bound 'spfq_l3' (did you mean 'spfq_l2'?)"});
}

}  // namespace overrides_test
