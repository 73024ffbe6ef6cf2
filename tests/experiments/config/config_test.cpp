#include "experiments/config/config.hpp"

#include <doctest/doctest.h>

#include "tests/experiments/config_text.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace config_test {

nlohmann::ordered_json json(const char* text) {
  return nlohmann::ordered_json::parse(text);
}

TEST_CASE("general keys are read, and the rest is the base of every cell") {
  const auto [config, diagnostics] = read(
      "name: decay-1.b\nexperiment: weights\nseed: 9223372036854775807\ntrials: 20\nprobability: 0.5\n"
      "bounds: [spfq_l2, gpfq_mean]\nplot: {x: width}\nprecision: float32\ninputs: {a: {b: 1}}\n");
  CHECK(diagnostics.empty());
  CHECK(config.name == "decay-1.b");
  CHECK(config.experiment == "weights");
  CHECK(config.seed == 9223372036854775807u);
  CHECK(config.trials == 20);
  CHECK(config.probability == 0.5);
  CHECK(config.bounds.wants("spfq_l2"));
  CHECK(config.bounds.names_it("gpfq_mean"));
  CHECK_FALSE(config.bounds.wants("gpfq_moment"));
  CHECK(to_json_tree(config.plot) == json(R"({"x": "width"})"));
  CHECK(to_json_tree(config.base) == json(R"({"precision": "float32", "inputs": {"a": {"b": 1}}})"));
  CHECK(config.blocks.size() == 1);
  CHECK(config.resolved["bounds"] == json(R"(["spfq_l2", "gpfq_mean"])"));
}

TEST_CASE("what is not given has its standard value") {
  const auto [config, diagnostics] = read("inputs: {}\n");
  CHECK(diagnostics.empty());
  CHECK(config.name == "stem");
  CHECK(config.experiment == "layer");
  CHECK(config.seed == 0);
  CHECK(config.trials == 1);
  CHECK(config.probability == 0.99);
  CHECK(config.bounds.wants("anything"));
  CHECK_FALSE(config.bounds.names_it("anything"));
  CHECK(config.plot.kind == Node::Kind::null);
}

TEST_CASE("bounds are all, none, one or a list") {
  CHECK(read("bounds: all\n").config.bounds.all);
  const BoundSelection none = read("bounds: none\n").config.bounds;
  CHECK_FALSE(none.wants("spfq_l2"));
  const BoundSelection one = read("bounds: spfq_l2\n").config.bounds;
  CHECK(one.wants("spfq_l2"));
  CHECK_FALSE(one.wants("gpfq_mean"));
  CHECK(said_of("bounds: [spfq_l2, spfq_l3]\n") ==
        Texts{"1:19: there is no bound 'spfq_l3' (did you mean 'spfq_l2'?)"});
  CHECK(said_of("bounds: noe\n") == Texts{"1:9: there is no bound 'noe' (did you mean 'none'?)"});
  CHECK(said_of("bounds: []\n") == Texts{"1:9: bounds must be all, none, or a list of names"});
  CHECK(said_of("bounds: [1]\n").size() == 1);
  CHECK(said_of("bounds: 3\n").size() == 1);
  CHECK(said_of("bounds: {a: 1}\n").size() == 1);
}

TEST_CASE("everything that is wrong is said at once, each at its place") {
  CHECK(said_of("name: a/b\n"
                "seed: -1\n"
                "trials: 0\n"
                "probability: 1\n"
                "experiment: 3\n"
                "plot: {x: width, sries: a}\n"
                "bounds: [x]\n") == Texts{
                                        "1:7: name becomes a folder: letters, digits, '_', '-' and '.' only",
                                        "2:7: seed must be an integer >= 0, not -1",
                                        "3:9: trials must be an integer >= 1 and <= 1000000000, not 0",
                                        "4:14: probability must be a number > 0 and <= 0.999999999999999, not 1",
                                        "5:13: experiment must be a text",
                                        "6:18: unknown key 'sries' in plot (did you mean 'series'?)",
                                        "7:10: there is no bound 'x'",
                                    });
}

TEST_CASE("a name may not leave the results' folder") {
  for (const char* name : {"..", ".hidden", "a/b", "'a b'", "''", "a\\b"})
    CHECK(said_of(std::string("name: ") + name + "\n").size() == 1);
  CHECK(read("name: ..\n").config.name == "stem");
  for (const char* key : {"name", "seed", "trials", "probability", "experiment"}) {
    CHECK(said_of(std::string(key) + ": [1, 2]\n").size() == 1);
    CHECK(said_of(std::string(key) + ": {a: 1}\n").size() == 1);
  }
}

TEST_CASE("short and dotted keys are the full ones, whatever the order") {
  for (const char* text :
       {"width: 8\nsamples: 4\nneurons: 2\ninputs: {distribution: gaussian}\nquantizer: {name: msq, alphabet: {step: "
        "1}}\n",
        "inputs: {distribution: gaussian, width: 8}\nsamples: 4\nquantizer: {name: msq, alphabet.step: 1}\n"
        "weights.neurons: 2\n",
        "inputs.width: 8\nweights:\nneurons: 2\nquantizer.alphabet.step: 1\ninputs: {samples: 4}\n"
        "inputs.distribution: gaussian\nquantizer: {name: msq}\n"}) {
    const auto [config, diagnostics] = read(text);
    CHECK(diagnostics.empty());
    const nlohmann::json base = to_json_tree(config.base);
    CHECK(base == nlohmann::json::parse(R"({"inputs": {"distribution": "gaussian", "width": 8, "samples": 4},
        "weights": {"neurons": 2}, "quantizer": {"name": "msq", "alphabet": {"step": 1}}})"));
  }
}

TEST_CASE("a value is given once") {
  CHECK(said_of("width: 8\ninputs: {width: 9}\n").size() == 1);
  const Texts later = said_of("inputs: {width: 9}\nwidth: 8\n");
  REQUIRE(later.size() == 1);
  CHECK(later.front().starts_with("2:1: width is given twice (also at "));
  CHECK(later.front().ends_with("stem.yaml:1:10)"));
  CHECK(read("inputs: {width: 9}\nwidth: 8\n").config.base.find("inputs")->find("width")->value ==
        Value(std::int64_t{9}));
  CHECK(said_of("quantizer: {alphabet: {step: 1}, alphabet.step: 2}\n").size() == 1);
  CHECK(said_of("quantizer: {alphabet.step: 1, alphabet: {step: 2, levels: 3}}\n").size() == 1);
  CHECK(said_of("inputs: 5\nwidth: 8\n").size() == 1);
  CHECK(said_of("sweep: {grid: {quantizer: [{alphabet.step: 1, alphabet: {step: 1}}]}}\n").size() == 1);
  CHECK(said_of("inputs: {width: 9, width: 8}\n").size() == 1);
  // A key with an empty part is no path.
  CHECK(read("a..b: 1\n.c: 2\nd.: 3\n").config.base.entries.size() == 3);
}

TEST_CASE("a sweep is made of blocks of grid, zip and exclude") {
  const auto [config, diagnostics] = read(
      "sweep:\n"
      "  - grid: {width: [1, 2], quantizer.alphabet.step: [3]}\n"
      "    zip: {samples: [1, 2, 3], neurons: [4, 5, 6]}\n"
      "    exclude: [{width: 1, samples: [2, 3]}, {quantizer: {alphabet.step: 3}}]\n"
      "  - zip: {neurons: [7]}\n");
  CHECK(diagnostics.empty());
  REQUIRE(config.blocks.size() == 2);
  const SweepBlock& block = config.blocks.front();
  REQUIRE(block.grid.size() == 2);
  CHECK(block.grid[0].path == "inputs.width");
  CHECK(to_text(block.grid[0].at).ends_with(":2:12"));
  CHECK(block.grid[1].path == "quantizer.alphabet.step");
  CHECK(block.zip[1].path == "weights.neurons");
  REQUIRE(block.exclude.size() == 2);
  CHECK(block.exclude[0][1].values.size() == 2);
  CHECK(to_json_tree(block.exclude[1][0].values[0]) == json(R"({"alphabet": {"step": 3}})"));
  CHECK(config.blocks.back().grid.empty());
}

TEST_CASE("a sweep that cannot be expanded is refused at its place") {
  CHECK(said_of("sweep: 3\n").size() == 1);
  CHECK(said_of("sweep: []\n").size() == 1);
  CHECK(said_of("sweep: [3]\n") == Texts{"1:9: a block of sweep is a mapping with grid, zip, exclude"});
  CHECK(said_of("sweep: {gird: {width: [1]}}\n") == Texts{"1:9: unknown key 'gird' in sweep (did you mean 'grid'?)"});
  CHECK(said_of("sweep: {grid: [1]}\n") == Texts{"1:15: grid must be a mapping from keys to lists of values"});
  CHECK(said_of("sweep: {grid: {}}\n").size() == 1);
  CHECK(said_of("sweep: {grid: {width: 3}}\n") == Texts{"1:23: grid.width must be a list of values: [..]"});
  CHECK(said_of("sweep: {grid: {width: []}}\n") == Texts{"1:23: grid.width is an empty list: there would be no cell"});
  CHECK(said_of("sweep: {grid: {width: [1], inputs.width: [2]}}\n") == Texts{"1:28: inputs.width is given twice"});
  CHECK(said_of("sweep: {grid: {width: [1]}, zip: {inputs.width: [2]}}\n") ==
        Texts{"1:35: inputs.width is both in grid and in zip"});
  CHECK(said_of("sweep: {zip: {width: [1, 2], samples: [1, 2, 3]}}\n") ==
        Texts{"1:30: zip runs its lists in step: inputs.samples has 3 values but inputs.width has 2"});
  for (const char* key : {"seed", "trials", "name", "experiment", "probability", "bounds", "plot", "sweep"})
    CHECK(said_of(std::string("sweep: {grid: {") + key + ": [1]}}\n") ==
          Texts{std::string("1:16: ") + key + " is one for the whole config and cannot be swept"});
  CHECK(said_of("sweep: {exclude: {width: 3}}\n") == Texts{"1:18: exclude must be a list of mappings"});
  CHECK(said_of("sweep: {exclude: [3, {}]}\n").size() == 2);
}

TEST_CASE(
    "a config names its plugins by paths relative to it, the command line by paths relative to the working folder") {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "stem.yaml";
  const auto plugins_of = [&](const std::string& text, const std::vector<Override>& overrides = {}) {
    std::ofstream(file) << text;
    Diagnostics diagnostics;
    std::vector<std::filesystem::path> paths;
    for (const PluginFile& plugin : parse_config(file, overrides, diagnostics).plugins) paths.push_back(plugin.path);
    CHECK(diagnostics.empty());
    return paths;
  };
  using Paths = std::vector<std::filesystem::path>;
  CHECK(plugins_of("seed: 1\n") == Paths{});
  CHECK(plugins_of("plugins: a.so\n") == Paths{folder.path() / "a.so"});
  CHECK(plugins_of("plugins: [a.so, /b/c.so]\n") == Paths{folder.path() / "a.so", "/b/c.so"});
  CHECK(plugins_of("plugins: [a.so]\n", {{"plugins", "d.so"}}) == Paths{"d.so"});
  CHECK(said_of("plugins: [3]\n") == Texts{"1:11: plugins must be a list of files: [build/mine.so]"});
}

TEST_CASE("a file that is no config is refused") {
  for (const char* text : {"", "3\n", "- a\n", "~\n"}) CHECK_THROWS_AS(read(text), ConfigError);
  Diagnostics diagnostics;
  CHECK_THROWS_WITH_AS(parse_config("/nowhere/x.yaml", {}, diagnostics),
                       "/nowhere/x.yaml: cannot be read: is the path right?", ConfigError);
  CHECK(said_of(std::string(max_config_bytes + 1, ' ')).front().ends_with("over 1 MiB: not a config, left unread"));
  // What was found before the end is told with it.
  CHECK(said_of("- 010\n").size() == 2);
}

}  // namespace config_test
