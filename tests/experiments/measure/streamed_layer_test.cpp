// Tests of streamed layers against the same layers in memory, and of layers that cannot be streamed.
#include "experiments/measure/streamed_layer.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "core/facts/random_direction.hpp"
#include "core/facts/streamed_statistics.hpp"
#include "experiments/kinds/layer/layer_cell.hpp"
#include "experiments/measure/stored_facts.hpp"
#include "tests/core/inputs/input_distributions.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace streamed_layer_test {

const ExecutionContext never;

using Given = std::map<std::string, Value>;

LayerSetup setup_of(const std::string& quantizer, const Given& given, Precision precision, Index width = 1500) {
  LayerSetup setup;
  setup.seed = 5;
  setup.identity = {{"weights", "uniform"}};
  setup.precision = precision;
  setup.inputs.law = make_inputs("gaussian", {{"sigma", 0.75}});
  setup.inputs.samples = 12;
  setup.inputs.width = width;
  const WeightEntry& weights = *Registry<WeightEntry>::instance().find("uniform");
  setup.weights = weights.make(Parameters(weights.description.parameters, {}));
  setup.neurons = 11;
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(quantizer);
  const Parameters parameters(entry.description.parameters, given);
  setup.quantizer = entry.make(parameters);
  if (!setup.quantizer->traits().own_levels) setup.alphabet = std::make_shared<AlphabetRule>(parameters);
  return setup;
}

bool near(double a, double b, double tolerance) {
  return std::abs(a - b) <= tolerance * (std::abs(a) + std::abs(b)) || a == b;
}

void check_same(const nlohmann::json& a, const nlohmann::json& b, double tolerance) {
  REQUIRE(a.size() == b.size());
  for (const auto& entry : a.items()) {
    const std::string& key = entry.key();
    const nlohmann::json& value = entry.value();
    CAPTURE(key);
    REQUIRE(b.contains(key));
    if (key == "variant") continue;
    const nlohmann::json& other = b.at(key);
    if (value.is_number_float() || other.is_number_float())
      CHECK(near(value.get<double>(), other.get<double>(), tolerance));
    else if (value.is_array())
      for (std::size_t i = 0; i < value.size(); ++i) CHECK(near(value[i], other[i], tolerance));
    else
      CHECK(value == other);
  }
}

const Given infinite = {{"alphabet.levels", std::string("infinite")}, {"alphabet.step", 0.5}};
const Given absmax = {{"alphabet.levels", std::int64_t{5}}, {"alphabet.radius.rule", std::string("absmax")}};
const Given rms = {
    {"alphabet.bits", 2.0}, {"alphabet.radius.rule", std::string("rms")}, {"alphabet.radius.scale", 1.5}};
const Given listed = {
    {"alphabet.kind", std::string("list")}, {"alphabet.values", std::string("-1 0 0.5 1")}, {"alphabet.step", 1.0}};

TEST_CASE("in double precision the record and the statistics of a streamed layer are those of one that is held") {
  for (const char* quantizer : {"gpfq", "spfq", "msq"})
    for (const Given& given : {infinite, absmax, rms, listed}) {
      CAPTURE(quantizer);
      const LayerSetup setup = setup_of(quantizer, given, Precision::float64);
      REQUIRE_FALSE(why_not_streamed(setup).has_value());
      const auto streamed = run_streamed<double>(setup, 3, never);
      TaskCache cache(0);
      Checkpoint checkpoint;
      TaskContext context{3, never, cache, checkpoint};
      auto held = make_layer_cell(setup)->run(context).at("layers").at(0);
      held.at("statistics").erase("facts");  // none is computed of a streamed layer
      CHECK(streamed.at("record").at("variant") == "streaming");
      check_same(held.at("record"), streamed.at("record"), 1e-9);
      check_same(held.at("statistics"), streamed.at("statistics"), 1e-9);
    }
}

TEST_CASE("in single precision X and W are the same, and the error to a few thousandths") {
  for (const char* quantizer : {"gpfq", "msq"}) {
    const LayerSetup setup = setup_of(quantizer, infinite, Precision::float32);
    const auto streamed = run_streamed<float>(setup, 1, never).at("record");
    TaskCache cache(0);
    Checkpoint checkpoint;
    TaskContext context{1, never, cache, checkpoint};
    const auto held = make_layer_cell(setup)->run(context).at("layers").at(0).at("record");
    CHECK(near(streamed.at("signal_energy"), held.at("signal_energy"), 1e-5));
    CHECK(near(streamed.at("relative_error"), held.at("relative_error"), 1e-2));
  }
}

TEST_CASE("threads do not change a bit") {
  const LayerSetup setup = setup_of("spfq", infinite, Precision::float32, 4000);
  const auto one = run_streamed<float>(setup, 0, never);
  for (const int threads : {2, 3, 8}) CHECK(run_streamed<float>(setup, 0, never.with_threads(threads)) == one);
}

TEST_CASE("S by the last columns is S, and above it where there are too few") {
  LayerInputs inputs = setup_of("gpfq", infinite, Precision::float64).inputs;
  const auto whole =
      path_covariance(inputs.draw<double>("k", never).first, never, random_direction(LayerKey{}.direction(), 12));
  const auto source = inputs.law->open("k", inputs.samples, inputs.width);
  const auto tail = streamed_path_covariance<double>(*source, inputs.samples, inputs.width,
                                                     random_direction(LayerKey{}.direction(), 12), never);
  for (const auto member : {&PathCovariance::trace, &PathCovariance::trace_square, &PathCovariance::norm,
                            &PathCovariance::max_diagonal, &PathCovariance::sum_norms, &PathCovariance::directional}) {
    CHECK(near(whole.*member, tail.*member, 1e-7));  // the columns before are left e^-20 of their length
    CHECK(tail.*member >= whole.*member * (1 - 1e-12));
  }
  const Matrix<double> x = inputs.draw<double>("k", never).first;
  EarlierColumns earlier;
  earlier.largest_norm = x.colwise().norm().maxCoeff();
  earlier.sum_norms = x.leftCols(1480).colwise().norm().sum();
  const auto short_tail =
      path_covariance_of_tail(x.rightCols(20), earlier, never, random_direction(LayerKey{}.direction(), 12));
  CHECK(short_tail.trace > whole.trace);
  CHECK(short_tail.norm >= whole.norm * (1 - 1e-12));
  CHECK(short_tail.sum_norms > whole.sum_norms);
  CHECK(short_tail.max_diagonal >= whole.max_diagonal * (1 - 1e-12));
  CHECK(short_tail.directional >= whole.directional * (1 - 1e-12));
}

TEST_CASE("what cannot be streamed is refused with its reason") {
  const auto reason = [](const LayerSetup& setup) { return why_not_streamed(setup).value_or("none"); };
  const auto says = [&](const LayerSetup& setup, const char* part) {
    CAPTURE(reason(setup));
    CHECK(reason(setup).find(part) != std::string::npos);
  };
  LayerSetup setup = setup_of("gpfq", infinite, Precision::float64);
  setup.inputs.mismatch = 0.1;
  says(setup, "no inputs.mismatch");
  setup = setup_of("gpfq", infinite, Precision::float64);
  setup.inputs.fresh = 10;
  says(setup, "no fresh rows");
  setup = setup_of("gpfq", infinite, Precision::float64);
  setup.extra.error_budget = true;
  says(setup, "no error budget");
  says(setup_of("gpfq", {{"alphabet.levels", std::int64_t{3}}, {"alphabet.radius.rule", std::string("median")}},
                Precision::float64),
       "absmax or rms");
  says(setup_of("spfq", {{"alphabet.levels.rule", std::string("spfq_no_clip")}, {"alphabet.step", 1.0}},
                Precision::float64),
       "looks at all of X");
  says(setup_of("ls1", {}, Precision::float64), "a quantizer with an alphabet");
  Given ordered = infinite;
  ordered["order"] = std::string("decreasing_norm");
  says(setup_of("gpfq", ordered, Precision::float64), "in their order");
}

}  // namespace streamed_layer_test
