#include "experiments/plan/plan.hpp"

#include <doctest/doctest.h>

#include <set>

#include "core/data/npy.hpp"
#include "tests/experiments/config_text.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace plan_test {

Texts widths_and_samples(const std::string& sweep) {
  return cells_of(plan_of(small_layer + "sweep: " + sweep + "\n"), {"width", "samples"});
}

std::string id_of(const std::string& text) {
  const Plan plan = plan_of(text);
  REQUIRE(plan.cells.size() == 1);
  return plan.cells.front().cell->id();
}

TEST_CASE("the first axis is the slowest, what is zipped runs in step and fastest") {
  CHECK(widths_and_samples("{grid: {width: [8, 16], samples: [1, 2]}}") == Texts{"8 1", "8 2", "16 1", "16 2"});
  CHECK(widths_and_samples("{grid: {samples: [1, 2], width: [8, 16]}}") == Texts{"8 1", "16 1", "8 2", "16 2"});
  CHECK(widths_and_samples("{zip: {width: [8, 16], samples: [1, 2]}}") == Texts{"8 1", "16 2"});
  const Plan plan = plan_of(small_layer + "sweep: {grid: {neurons: [1, 2]}, zip: {width: [8, 16], samples: [1, 2]}}\n");
  CHECK(cells_of(plan, {"neurons", "width", "samples"}) == Texts{"1 8 1", "1 16 2", "2 8 1", "2 16 2"});
}

TEST_CASE("blocks are united, and a cell that is there already counts once") {
  const Plan plan = plan_of(small_layer + "sweep: [{grid: {width: [8, 16, 8]}}, {grid: {width: [16, 32]}}]\n");
  CHECK(cells_of(plan, {"width"}) == Texts{"8", "16", "32"});
  CHECK(plan.duplicates == 2);
  CHECK(plan_of(small_layer).cells.size() == 1);
}

TEST_CASE("a longer path is set in what a shorter one has put there") {
  const Plan plan =
      plan_of(small_layer +
              "sweep: {grid: {quantizer.alphabet.step: [1, 2], quantizer: [{name: msq, alphabet: {step: 9}}, "
              "{name: spfq, alignment: 3}]}}\n");
  CHECK(cells_of(plan, {"quantizer_alphabet_step", "quantizer_name", "quantizer_alphabet_levels",
                        "quantizer_alignment"}) == Texts{"1.0 msq 3 -", "1.0 spfq 3 3", "2.0 msq 3 -", "2.0 spfq 3 3"});
}

TEST_CASE("a parameter of the base that no quantizer has is a diagnostic, even where the sweep names others") {
  const std::string text =
      "inputs: {distribution: gaussian, samples: 4, width: 8}\nweights: {distribution: uniform, neurons: 2}\n"
      "quantizer: {alphabt: {levels: 3}, alphabet: {step: 1}, alignment: 2}\n"
      "sweep: {grid: {quantizer: [{name: msq}, {name: spfq}]}}\n";
  const Texts said = said_of_plan(text);
  REQUIRE(!said.empty());
  for (const std::string& one : said) CHECK(one.starts_with("3:23: quantizer '"));
}

TEST_CASE("a cell is excluded when it has one of the values of every key") {
  const auto kept = [](const std::string& exclude) {
    return widths_and_samples("{grid: {width: [8, 16], samples: [1, 2]}, exclude: [" + exclude + "]}");
  };
  CHECK(kept("{width: 8, samples: 2}") == Texts{"8 1", "16 1", "16 2"});
  CHECK(kept("{width: [8, 16], samples: 2}") == Texts{"8 1", "16 1"});
  CHECK(kept("{width: 8}, {samples: 1}") == Texts{"16 2"});
  CHECK(kept("{inputs: {width: 8, samples: 2}}") == Texts{"8 1", "16 1", "16 2"});
  CHECK(kept("{width: 32}") == Texts{"8 1", "8 2", "16 1", "16 2"});
  const Plan plan =
      plan_of(small_layer +
              "sweep: {grid: {quantizer: [{name: msq}, {name: spfq, alignment: 2}], width: [8, 16]}, "
              "exclude: [{quantizer: {name: spfq}, width: 16}, {quantizer: {alphabet.step: 1}, width: 8}]}\n");
  CHECK(cells_of(plan, {"quantizer_name", "width"}) == Texts{"msq 16"});
  CHECK(plan.excluded == 3);
}

TEST_CASE("an exclusion concerns its own block only") {
  const Plan plan =
      plan_of(small_layer + "sweep: [{grid: {width: [8, 16]}, exclude: [{width: 8}]}, {grid: {width: [8]}}]\n");
  CHECK(cells_of(plan, {"width"}) == Texts{"16", "8"});
}

TEST_CASE("an excluded key that no cell has is a diagnostic") {
  CHECK(said_of_plan(small_layer + "sweep: {grid: {width: [8, 16]}, exclude: [{widht: 8}]}\n") ==
        Texts{"4:44: exclude: no cell of this block has a key 'widht' (did you mean 'width'?)"});
  CHECK(said_of_plan(small_layer + "sweep: {grid: {width: [8, 16]}, exclude: [{inputs.wdth: 8}]}\n") ==
        Texts{"4:44: exclude: no cell of this block has a key 'inputs.wdth' (did you mean 'inputs.width'?)"});
  CHECK(said_of_plan(small_layer + "sweep: {grid: {width: [8, 16]}, exclude: [{quantizer: {nam: msq}}]}\n") ==
        Texts{"4:56: exclude: no cell of this block has a key 'quantizer.nam' (did you mean 'quantizer.name'?)"});
  // One cell that has it is enough.
  CHECK(said_of_plan(small_layer + "sweep: {grid: {quantizer: [{name: msq}, {name: spfq, alignment: 2}]}, "
                                   "exclude: [{quantizer.alignment: 2}]}\n")
            .empty());
  CHECK(said_of_plan(small_layer + "sweep: {grid: {width: [8]}, exclude: [{width: 8}]}\n").size() == 1);
}

TEST_CASE("a figure may ask for the columns that there are") {
  const auto said = [](const std::string& plot) { return said_of_plan(small_layer + "plot: " + plot + "\n"); };
  CHECK(said("{x: width, y: relative_squared_error, series: [quantizer.name, seconds], panel: samples}").empty());
  CHECK(said("{x: bits, y: clipped, series: [], panels: [{title: a, where: {quantizer.alphabet.levels: 3}}]}").empty());
  CHECK(
      said("{x: widht, y: relative_squared_eror}") ==
      Texts{"4:11: plot: the records have no column 'widht' (did you mean 'width'?)",
            "4:21: plot: the records have no column 'relative_squared_eror' (did you mean 'relative_squared_error'?)"});
  CHECK(said("{series: [width, quantizer.nam]}") ==
        Texts{"4:24: plot: the records have no column 'quantizer_nam' (did you mean 'quantizer_name'?)"});
  CHECK(said("{panels: [{where: {sampels: 1}}]}") ==
        Texts{"4:26: plot: the records have no column 'sampels' (did you mean 'samples'?)"});
  CHECK(said("{panel: nowhere, x: 3}").size() == 2);
  CHECK(said_of_plan(small_layer, {{"plot.x", "widht"}}) ==
        Texts{"plot.x: plot: the records have no column 'widht' (did you mean 'width'?)"});
  // A column of one cell is enough.
  CHECK(said_of_plan(small_layer +
                     "plot: {x: quantizer_alignment}\nsweep: {grid: {quantizer: [{name: msq}, {name: spfq}]}}\n")
            .empty());
}

TEST_CASE("everything that is wrong with the cells is said at once, each thing once") {
  const Texts said = said_of_plan(
      "seed: -1\ninputs: {distribution: gausian, samples: 4}\nweights: {distribution: uniform, neurons: 0}\n"
      "quantizer: {name: msq, alphabet: {levels: 1}}\nprecisoin: float32\nplot: {x: nowhere}\nsweep: {grid: {width: "
      "[1, 2, 3]}}\n");
  REQUIRE(said.size() == 5);
  CHECK(said[0].starts_with("1:7: seed must"));
  CHECK(said[1].starts_with("2:24: there is no distribution 'gausian' (did you mean 'gaussian'?)"));
  CHECK(said[2].starts_with("3:43: weights.neurons must"));
  CHECK(said[3].starts_with("4:43: quantizer.alphabet.levels must"));
  CHECK(said[4] == "5:1: unknown key 'precisoin' (did you mean 'precision'?)");
}

TEST_CASE("an unknown experiment and zips of unequal length are refused") {
  CHECK(said_of_plan("experiment: layr\n").front().ends_with("there is no experiment 'layr' (did you mean 'layer'?)"));
  CHECK(said_of_plan(small_layer + "sweep: {zip: {width: [8, 16], samples: [1]}}\n") ==
        Texts{"4:31: zip runs its lists in step: inputs.samples has 1 values but inputs.width has 2"});
}

TEST_CASE("what cannot change a result is not part of a cell's identity") {
  const std::string id = id_of(small_layer);
  CHECK(id.size() == 32);
  CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
  for (const char* more : {"name: other\n", "trials: 7\n", "bounds: none\n", "probability: 0.5\n", "plot: {x: width}\n",
                           "precision: float64\n", "seed: 0\n", "sweep: {grid: {width: [8]}}\n"})
    CHECK(id_of(small_layer + more) == id);
  CHECK(id_of("quantizer: {alphabet: {step: 1.0, levels: 3}, name: msq}\nneurons: 2\nweights: {high: 1, low: -1, "
              "distribution: uniform}\n"
              "width: 8\ninputs: {samples: 4, sigma: 1, mismatch: 0, distribution: gaussian}\n") == id);
}

TEST_CASE("what can change a result is part of a cell's identity, and no two of these are the same") {
  std::set<std::string> ids = {id_of(small_layer)};
  const std::vector<std::vector<Override>> changes = {
      {{"seed", "1"}},
      {{"precision", "float32"}},
      {{"width", "9"}},
      {{"samples", "5"}},
      {{"neurons", "3"}},
      {{"inputs.sigma", "2"}},
      {{"inputs.mismatch", "0.1"}},
      {{"inputs.distribution", "ball"}},
      {{"weights.low", "-0.5"}},
      {{"weights.distribution", "gaussian"}},
      {{"quantizer.name", "gpfq"}},
      {{"quantizer.name", "spfq"}},
      {{"quantizer", "{name: spfq, alignment: 2}"}},
      {{"quantizer.alphabet.step", "2"}},
      {{"quantizer.alphabet.levels", "5"}},
      {{"quantizer.alphabet.levels", "infinite"}},
  };
  for (const std::vector<Override>& change : changes) {
    const Plan plan = plan_of(small_layer, change);
    REQUIRE(plan.cells.size() == 1);
    ids.insert(plan.cells.front().cell->id());
  }
  CHECK(ids.size() == changes.size() + 1);
}

TEST_CASE("a file counts by its content, not by its name") {
  const TemporaryFolder folder;
  RowMatrix<double> weights = RowMatrix<double>::Constant(8, 2, 0.5);
  const auto id_with = [&](const char* name) {
    const auto file = folder.path() / name;
    write_npy_weights(file, weights);
    return id_of("inputs: {distribution: gaussian, samples: 4, width: 8}\nweights: {distribution: npy, path: " +
                 file.string() + "}\nquantizer: {name: msq, alphabet: {levels: 3, step: 1}}\n");
  };
  const std::string id = id_with("a.npy");
  CHECK(id_with("b.npy") == id);
  weights(7, 1) = 0.25;
  CHECK(id_with("c.npy") != id);
}

TEST_CASE("where nothing random enters there is one trial") {
  const TemporaryFolder folder;
  write_npy_weights(folder.path() / "x.npy", RowMatrix<double>(RowMatrix<double>::Random(8, 4)));
  write_npy_weights(folder.path() / "w.npy", RowMatrix<double>(RowMatrix<double>::Random(8, 2)));
  const auto trials = [&](const std::string& quantizer, const std::string& inputs) {
    const Plan plan = plan_of("trials: 5\ninputs: {dataset: npy, path: " + (folder.path() / "x.npy").string() + inputs +
                              "}\nweights: {distribution: npy, path: " + (folder.path() / "w.npy").string() +
                              "}\nquantizer: {name: " + quantizer + ", alphabet: {levels: 3, step: 1}}\n");
    REQUIRE(plan.cells.size() == 1);
    return plan.cells.front().trials;
  };
  CHECK(trials("msq", "") == 1);
  CHECK(trials("gpfq", "") == 1);
  CHECK(trials("spfq", "") == 5);
  CHECK(trials("msq", ", samples: 3") == 5);
  CHECK(trials("msq", ", mismatch: 0.1") == 5);
  CHECK(trials("msq", ", width: 8, features: random") == 5);
  CHECK(plan_of(small_layer + "trials: 5\n").cells.front().trials == 5);
}

}  // namespace plan_test
