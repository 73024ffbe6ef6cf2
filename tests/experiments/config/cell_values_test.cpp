// Tests of expressions in a cell: the names that they may use, the order of evaluation, and error messages.
#include "experiments/config/cell_values.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/data/npy.hpp"
#include "tests/experiments/config_text.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace cell_values_test {

/// The small layer with other values: keys in full, values as in YAML.
Plan changed(const std::vector<std::pair<std::string, std::string>>& changes, const std::string& more = "") {
  std::vector<Override> overrides;
  for (const auto& [key, value] : changes) overrides.push_back({key, value});
  return plan_of(small_layer + more, overrides);
}

nlohmann::ordered_json column(const Plan& plan, const std::string& name) {
  REQUIRE(plan.cells.size() == 1);
  const auto* value = find_column(*plan.cells.front().cell, name);
  REQUIRE(value != nullptr);
  return *value;
}

Texts said(const std::vector<Override>& overrides) {
  return said_of_plan(small_layer, overrides);
}

TEST_CASE("a number may be an expression of any other, given or standard, whichever comes first") {
  CHECK(column(changed({{"samples", "ceil(sqrt(width))"}, {"width", "100"}}), "samples") == 10);
  CHECK(column(changed({{"width", "8*samples"}}), "width") == 32);
  CHECK(column(changed({{"weights.low", "-weights_high/2"}}), "weights_low") == -0.5);  // its standard value
  CHECK(column(changed({{"inputs.mismatch", "weights.high/4"}}), "inputs_mismatch") == 0.25);
  CHECK(column(changed({{"quantizer.alphabet.step", "samples^-2"}}), "quantizer_alphabet_step") == 0.0625);
  const Plan chain = changed(
      {{"samples", "neurons*2"}, {"neurons", "floor(weights_high)+2"}, {"weights.high", "quantizer_alphabet_step"}});
  CHECK(column(chain, "samples") == 6);
  CHECK(column(chain, "neurons") == 3);
}

TEST_CASE("bits of the logarithm of the logarithm") {
  const Plan plan = plan_of(
      "inputs: {distribution: gaussian, samples: 4}\nweights: {distribution: uniform, neurons: 2}\n"
      "quantizer: {name: msq, alphabet: {bits: 'log2(log2(width))+2', step: 1}}\n"
      "sweep: {grid: {width: [16, 256, 1000]}}\n");
  REQUIRE(plan.cells.size() == 3);
  const auto bits = [&](std::size_t i) {
    return find_column(*plan.cells[i].cell, "quantizer_alphabet_bits")->get<double>();
  };
  CHECK(bits(0) == 4);
  CHECK(bits(1) == 5);
  CHECK(bits(2) == doctest::Approx(std::log2(std::log2(1000.0)) + 2).epsilon(1e-15).scale(0));
}

TEST_CASE("the value is what counts: for the type, the identity, the exclusions and the filters") {
  const Plan written = changed({{"width", "16"}});
  CHECK(changed({{"width", "4*samples"}}).cells.front().cell->id() == written.cells.front().cell->id());
  CHECK(column(changed({{"width", "4*samples"}}), "width").is_number_integer());
  CHECK(column(changed({{"quantizer.alphabet.step", "samples"}}), "quantizer_alphabet_step").is_number_float());
  CHECK(column(changed({{"inputs.mismatch", "-0*samples"}}), "inputs_mismatch").dump() == "0.0");
  const std::string sweep = "sweep: {grid: {width: [8, 16, 32], samples: ['width/4']}, exclude: [{samples: 4}]}\n";
  const Plan plan = plan_of(small_layer + sweep);
  CHECK(cells_of(plan, {"width", "samples"}) == Texts{"8 2", "32 8"});
  CHECK(plan.excluded == 1);
  CHECK(cells_of(plan_of(small_layer + "sweep: {grid: {width: [8, 16], samples: ['width/4']}, exclude: [{inputs: "
                                       "{samples: 'width/4'}, width: 8}]}\n"),
                 {"width"}) == Texts{"16"});
  // Two points of a sweep that come to the same are one.
  CHECK(plan_of(small_layer + "sweep: {grid: {samples: [2, 'width/4']}}\n").duplicates == 1);
  CHECK(filtered(plan.cells, {parse_filter("samples=8")}).size() == 1);
}

TEST_CASE("sizes that the data fix are columns as well") {
  const TemporaryFolder folder;
  const auto file = (folder.path() / "w.npy").string();
  write_npy_weights(file, RowMatrix<double>(RowMatrix<double>::Constant(8, 3, 0.5)));  // (3, 8) in the file
  const Plan plan = plan_of("inputs: {dataset: npy, path: " + file + ", samples: 'ceil(width/4)'}\n" +
                            "weights: {distribution: npy, path: " + file + "}\n" +
                            "quantizer: {name: msq, alphabet: {levels: 3, step: '1/(neurons+samples)'}}\n");
  CHECK(cells_of(plan, {"width", "samples", "neurons", "quantizer_alphabet_step"}) == Texts{"8 2 3 0.2"});
  CHECK(said_of_plan("inputs: {dataset: npy, path: absent.npy, samples: 'width/4'}\nweights: {distribution: uniform, "
                     "neurons: 2}\nquantizer: {name: msq, alphabet: {levels: 3, step: 1}}\n")
            .size() == 1);
}

TEST_CASE("a cycle is told once, by its names") {
  CHECK(said({{"width", "2*samples"}, {"samples", "width/2"}}) ==
        Texts{"width: inputs.width depends on itself: samples -> width -> samples"});
  CHECK(said({{"width", "width+1"}}) == Texts{"width: inputs.width depends on itself: width -> width"});
  const Texts longer = said({{"width", "samples"},
                             {"samples", "neurons"},
                             {"neurons", "floor(weights_high)"},
                             {"weights.high", "max(width, 1)"},
                             {"inputs.mismatch", "width"}});
  REQUIRE(longer.size() == 1);
  CHECK(longer.front().find("depends on itself") != std::string::npos);
}

TEST_CASE("what is wrong with an expression is told at its place, and not again by what needs it") {
  CHECK(said_of_plan(
            "inputs: {distribution: gaussian, samples: 'log2(widht)', width: 8}\nweights: {distribution: uniform, "
            "neurons: 'samples+1'}\nquantizer: {name: msq, alphabet: {levels: 3, step: 'neurons'}}\n") ==
        Texts{"1:43: inputs.samples: there is no column 'widht' (did you mean 'width'?)"});
  CHECK(said({{"samples", "width/3"}}) ==
        Texts{"samples: inputs.samples must be an integer >= 1 and <= 1000000000, and "
              "'width/3' is 2.6666666666666665: use floor, ceil or round"});
  CHECK(said({{"samples", "width-8"}}) ==
        Texts{"samples: inputs.samples must be an integer >= 1 and <= 1000000000, not 0, from 'width-8'"});
  CHECK(said({{"samples", "10^30"}}).size() == 1);
  CHECK(said({{"weights.high", "2*high"}}) ==
        Texts{"weights.high: weights.high: there is no column 'high' (did you mean 'weights_high'?)"});
  CHECK(said({{"width", "2*inputs.samples"}}) ==
        Texts{"width: inputs.width: there is no column 'inputs_samples' (did you mean 'samples'?)"});
  CHECK(said({{"quantizer.alphabet.step", "2/quantizer.alphabet.bits"}}) ==
        Texts{"quantizer.alphabet.step: quantizer.alphabet.step: 'quantizer_alphabet_bits' is not set in this cell"});
  CHECK(said({{"quantizer.alphabet.levels", "infinite"}, {"samples", "quantizer_alphabet_levels"}}) ==
        Texts{"samples: inputs.samples: 'quantizer_alphabet_levels' is 'infinite', which is not a number"});
  CHECK(said({{"samples", "1 +* width"}}) ==
        Texts{"samples: inputs.samples: a number, a name or '(' is missing before '* width' in '1 +* width'"});
}

TEST_CASE("words come before expressions, and texts that are numbers are a slip") {
  CHECK(said({{"quantizer.alphabet.levels", "infinit"}}) ==
        Texts{"quantizer.alphabet.levels: quantizer.alphabet.levels must be an integer >= 2 and <= 1000000000000000 or "
              "'infinite', not infinit (did you mean 'infinite'?)"});
  CHECK(
      said({{"samples", "'8'"}}) ==
      Texts{
          "samples: inputs.samples must be an integer >= 1 and <= 1000000000, not the text '8': leave out the quotes"});
  CHECK(said({{"weights.high", "''"}}).size() == 1);
  CHECK(said({{"samples", "wdth"}}).front().ends_with("not wdth (did you mean 'width'?)"));
}

TEST_CASE("only numbers may be expressions") {
  CHECK(said({{"precision", "float(64)"}}).size() == 1);
  CHECK(said({{"inputs.distribution", "gaussian+1"}}).size() == 1);
  CHECK(said({{"quantizer.alphabet.kind", "mid+tread"}}).size() == 1);
  for (const char* key : {"trials", "seed", "probability"})
    CHECK(said({{key, "1+1"}}).front().find(std::string(key) + " must be") != std::string::npos);
}

}  // namespace cell_values_test
