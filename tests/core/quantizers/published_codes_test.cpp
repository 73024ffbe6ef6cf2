// Q of two published codes, entry by entry: what they gave for stored inputs (shared/parity/manifest.json says how).
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/data/npy.hpp"
#include "core/metrics/metrics.hpp"
#include "core/quantizers/quantizer.hpp"
#include "tests/core/layer_zoo.hpp"
#include "tests/skip.hpp"

using namespace pathquant;

namespace published_codes_test {

const ExecutionContext never;
const std::filesystem::path folder = std::filesystem::path(PATHQUANT_SHARED_DIR) / "parity";

bool present() {
  if (std::filesystem::exists(folder / "manifest.json")) return true;
  pathquant::testing::skip("the published codes' results are not here");
  return false;
}

nlohmann::json manifest() {
  std::ifstream file(folder / "manifest.json");
  return nlohmann::json::parse(file).at("cases");
}

LayerProblem<double> layer(bool mismatch) {
  std::optional<Matrix<double>> quantized;
  if (mismatch) quantized = read_npy_inputs(folder / "g1_Xtilde.npy").values;
  return LayerProblem<double>(read_npy_inputs(folder / "g1_X.npy").values, quantized,
                              read_npy_weights(folder / "g1_W.npy").values);
}

Parameters parameters_of(const std::string& quantizer, const std::map<std::string, Value>& given) {
  return Parameters(Registry<QuantizerEntry>::instance().find(quantizer)->description.parameters, given);
}

template <class S>
RowMatrix<S> run(const std::string& quantizer, const std::map<std::string, Value>& given,
                 const LayerProblem<double>& problem) {
  const Parameters parameters = parameters_of(quantizer, given);
  const LayerProblem<S> cast = zoo::cast<S>(problem);
  const Alphabet alphabet = AlphabetRule(parameters).resolve(cast.weights().template cast<double>());
  return Registry<QuantizerEntry>::instance()
      .find(quantizer)
      ->make(parameters)
      ->quantize(cast, alphabet, Stream("unused"), never)
      .weights;
}

template <class S>
RowMatrix<S> published(const std::string& name) {
  return read_npy_weights(folder / (name + ".npy")).values.cast<S>();
}

struct Case {
  std::string name, quantizer, decision;
  bool memoryless = false;
};

const std::vector<Case> cases_of_2022 = {
    {"gpfq", "gpfq", "nearest"},     {"gpfqL1soft", "gpfq", "soft"},   {"gpfqL0hard", "gpfq", "hard"},
    {"msq", "msq", "nearest", true}, {"softthr", "msq", "soft", true}, {"hardthr", "msq", "hard", true},
};

template <class S>
void check_2022(const std::string& precision) {
  const nlohmann::json runs = manifest().at("g1").at("runs");
  for (const Case& one : cases_of_2022)
    for (const char* inputs : {"_same", "_tilde"}) {
      const std::string name = one.name + (one.memoryless ? "" : inputs) + precision;
      CAPTURE(name);
      const nlohmann::json& expected = runs.at(name);
      const auto problem = layer(std::string(inputs) == "_tilde");
      std::map<std::string, Value> given = {{"alphabet.levels", 2 * expected.at("M").get<std::int64_t>() + 1},
                                            {"alphabet.step", expected.at("step").get<double>()},
                                            {"decision", one.decision}};
      if (one.decision != "nearest") given["threshold"] = expected.at("lamb").get<double>();
      const RowMatrix<S> q = run<S>(one.quantizer, given, problem);
      CHECK(q == published<S>("g1_Q_" + name));
      if (one.memoryless) continue;
      const double error = measure(zoo::cast<S>(problem), q, never).relative_error();
      CHECK(error ==
            doctest::Approx(expected.at("rel_err").get<double>()).epsilon(sizeof(S) == 8 ? 1e-12 : 1e-5).scale(0));
    }
}

TEST_CASE("The code of Zhang, Zhou & Saab: nearest, soft and hard decisions, with and without memory") {
  if (!present()) return;
  SUBCASE("float64") {
    check_2022<double>("_f64");
  }
  SUBCASE("float32") {
    check_2022<float>("_f32");
  }
}

TEST_CASE("Its alphabet: 2^bits + 1 levels up to C times the mean of the neurons' largest weights") {
  if (!present()) return;
  const nlohmann::json runs = manifest().at("g1").at("runs");
  for (const Case& one : cases_of_2022)
    for (const bool single : {false, true}) {
      const std::string name = one.name + (one.memoryless ? "" : "_same") + (single ? "_f32" : "_f64");
      std::map<std::string, Value> given = {{"alphabet.convention", "zhang-zhou-saab"},
                                            {"alphabet.bits", 4.0},
                                            {"alphabet.radius.scale", 1.16},
                                            {"decision", one.decision}};
      if (one.decision != "nearest") given["threshold"] = 0.01;
      const auto problem = layer(false);
      const Alphabet alphabet = AlphabetRule(parameters_of(one.quantizer, given)).resolve(problem.weights());
      CHECK(alphabet.levels() == 17);
      CHECK(alphabet.steps(0) ==
            doctest::Approx(runs.at(name).at("step").get<double>()).epsilon(single ? 2e-7 : 4e-16).scale(0));
    }
}

TEST_CASE("The code of Lybrand & Saab, its ties and its shortcut included") {
  if (!present()) return;
  const nlohmann::json expected = manifest().at("e1");
  const std::map<std::string, Value> given = {{"alphabet.convention", "lybrand-saab"},
                                              {"alphabet.bits", expected.at("bits").get<double>()},
                                              {"alphabet.radius.scale", expected.at("alphabet_scalar").get<double>()}};
  const Alphabet alphabet = AlphabetRule(parameters_of("gpfq", given)).resolve(layer(false).weights());
  CHECK(alphabet.levels() == 3);
  CHECK(alphabet.largest(0) == expected.at("rad").get<double>());
  const RowMatrix<double> same = run<double>("gpfq", given, layer(false));
  const RowMatrix<double> tilde = run<double>("gpfq", given, layer(true));
  CHECK(same == published<double>("e1_Q_gpfq_same_f64"));
  CHECK(tilde == published<double>("e1_Q_gpfq_tilde_f64"));
  CHECK(run<double>("msq", given, layer(false)) == published<double>("e1_Q_msq_f64"));
  const auto error = [](const LayerProblem<double>& problem, const RowMatrix<double>& q) {
    return measure(problem, q, never).relative_error();
  };
  const nlohmann::json& runs = expected.at("runs");
  CHECK(error(layer(false), same) ==
        doctest::Approx(runs.at("gpfq_same").at("rel_err").get<double>()).epsilon(1e-12).scale(0));
  CHECK(error(layer(true), tilde) ==
        doctest::Approx(runs.at("gpfq_tilde").at("rel_err").get<double>()).epsilon(1e-12).scale(0));
}

TEST_CASE("The shortcut and the dead zone of that code, by hand") {
  // Two orthogonal features, Xq_1 = 2 X_1 and Xq_2 of norm 1e-17: u_0 = 0, so the first argument is w_1 = 0.9 and not
  // 0.9 <Xq_1, X_1>/||Xq_1||^2 = 0.45; the second weight becomes 0, though the levels are +-1 and +-1/3.
  Matrix<double> inputs = Matrix<double>::Identity(2, 2);
  Matrix<double> quantized = Matrix<double>::Identity(2, 2);
  quantized(0, 0) = 2;
  quantized(1, 1) = 1e-17;
  const LayerProblem<double> problem(inputs, quantized, (RowMatrix<double>(2, 1) << 0.9, 0.9).finished());
  std::map<std::string, Value> given = {
      {"alphabet.convention", "lybrand-saab"}, {"alphabet.bits", 2.0}, {"alphabet.step", 2.0 / 3}};
  const RowMatrix<double> q = run<double>("gpfq", given, problem);
  CHECK(q(0) == doctest::Approx(1));
  CHECK(q(1) == 0);
  CHECK(parameters_of("gpfq", given).is("decision", "nearest"));
  CHECK_FALSE(
      Registry<QuantizerEntry>::instance().find("gpfq")->make(parameters_of("gpfq", given))->traits().path_following);
  given = {{"alphabet.kind", "midrise"}, {"alphabet.levels", std::int64_t{4}}, {"alphabet.step", 2.0 / 3}};
  CHECK(run<double>("gpfq", given, problem)(0) == doctest::Approx(1.0 / 3));
}

TEST_CASE("GPFQ of Brevitas in the order of decreasing norm") {
  if (!present()) return;
  const nlohmann::json expected = manifest().at("b1");
  for (const bool mismatch : {false, true})
    for (const bool by_norm : {false, true}) {
      const std::map<std::string, Value> given = {{"alphabet.levels", 2 * expected.at("M").get<std::int64_t>() + 1},
                                                  {"alphabet.step", expected.at("step").get<double>()},
                                                  {"order", by_norm ? "decreasing_norm" : "natural"}};
      const std::string name = std::string("gpfq_") + (mismatch ? "tilde" : "same") + (by_norm ? "_ao1" : "_ao0");
      CAPTURE(name);
      const RowMatrix<float> q = run<float>("gpfq", given, layer(mismatch));
      // That code divides and multiplies by the step in another order: levels agree, last bits need not.
      const double difference = (q - published<float>("b1_Q_" + name + "_f32")).cwiseAbs().maxCoeff();
      CHECK(difference < 1e-6);
      CHECK(measure(zoo::cast<float>(layer(mismatch)), q, never).relative_error() ==
            doctest::Approx(expected.at("runs").at(name).at("rel_err").get<double>()).epsilon(1e-4).scale(0));
    }
}

TEST_CASE("GPTQ and Qronos of Brevitas, entry by entry, in both orders") {
  if (!present()) return;
  const nlohmann::json expected = manifest().at("b1");
  const std::map<std::string, std::string> names = {{"gptq", "optq"}, {"qronos", "qronos"}};
  for (const auto& [theirs, ours] : names)
    for (const bool mismatch : {false, true})
      for (const bool by_norm : {false, true}) {
        const std::string name = theirs + (mismatch ? "_tilde" : "_same") + (by_norm ? "_ao1" : "_ao0");
        CAPTURE(name);
        const nlohmann::json& run_of = expected.at("runs").at(name);
        std::map<std::string, Value> given = {{"alphabet.levels", 2 * expected.at("M").get<std::int64_t>() + 1},
                                              {"alphabet.step", expected.at("step").get<double>()},
                                              {"order", by_norm ? "decreasing_norm" : "natural"}};
        // That code damps Qronos by 1e-6 of the largest eigenvalue of Xq^T Xq and not of the mean of its diagonal, so
        // equality says that neither is felt here.
        given["damping"] = run_of.at("defaults").at(theirs == "gptq" ? "percdamp" : "alpha").get<double>();
        const RowMatrix<float> q = run<float>(ours, given, layer(mismatch));
        const double difference = (q - published<float>("b1_Q_" + name + "_f32")).cwiseAbs().maxCoeff();
        CHECK(difference < 1e-6);
        CHECK(measure(zoo::cast<float>(layer(mismatch)), q, never).relative_error() ==
              doctest::Approx(run_of.at("rel_err").get<double>()).epsilon(1e-4).scale(0));
      }
}

TEST_CASE("Its radius rule on rectified Gaussian data: the best C is below 1 and grows with the bits") {
  // Theory, section 9 (m = 64, N = 512, Gaussian weights); here one layer of 64 neurons. Both divide by ||XW||, most of
  // which lies along the mean of the columns: as large as one Gaussian number for each neuron, or 9 per cent.
  const std::vector<double> scales = {0.3, 0.5, 0.7, 0.9, 1.16, 1.5};
  const std::vector<std::vector<double>> expected = {
      {.178, .105, .118, .151, .192, .247}, {.181, .082, .066, .077, .101, .129}, {.177, .074, .040, .039, .049, .063}};
  const Matrix<double> inputs = zoo::gaussian_inputs("radius table", 64, 512).cwiseMax(0);
  RowMatrix<double> weights(512, 64);
  for (Index t = 0; t < 512; ++t) Stream("radius table/weights").normals(t, 0, 64, weights.row(t).data());
  const LayerProblem<double> problem(inputs, std::nullopt, weights);
  for (std::size_t b = 0; b < 3; ++b)
    for (std::size_t i = 0; i < scales.size(); ++i) {
      const RowMatrix<double> q = run<double>("gpfq",
                                              {{"alphabet.convention", "zhang-zhou-saab"},
                                               {"alphabet.bits", static_cast<double>(b + 2)},
                                               {"alphabet.radius.scale", scales[i]}},
                                              problem);
      CHECK(measure(problem, q, never).relative_error() == doctest::Approx(expected[b][i]).epsilon(0.12).scale(0));
    }
}

}  // namespace published_codes_test
