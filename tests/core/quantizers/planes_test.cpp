// The quantizers to scaled sign planes: which weights share scales, and the code that one of them is published as.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/data/npy.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/sign_planes/alternating.hpp"
#include "core/sign_planes/least_squares.hpp"
#include "core/sign_planes/plane_levels.hpp"
#include "tests/core/layer_zoo.hpp"
#include "tests/skip.hpp"

using namespace pathquant;

namespace planes_test {

const ExecutionContext never;

template <class S>
QuantizedLayer<S> run(const std::string& name, const std::map<std::string, Value>& given, const RowMatrix<S>& weights) {
  const QuantizerEntry* entry = Registry<QuantizerEntry>::instance().find(name);
  return entry->make(Parameters(entry->description.parameters, given))
      ->quantize(LayerProblem<S>(weights), Alphabet{}, Stream("unused"), never);
}

// Q of one block by the core's functions.
Vector block_by_hand(const std::string& name, Vector x) {
  const std::span<const double> block(x.data(), static_cast<std::size_t>(x.size()));
  if (name == "ls1") fold<double>(block, ls1(block), x.data());
  if (name == "ls2") fold<double>(block, ls2(block), x.data());
  if (name == "lst") fold<double>(block, lst(block), x.data());
  if (name == "gf") fold<double>(block, gf(block, 2), x.data());
  if (name == "alternating") round_to_planes<double>(block, alternating(block, 2), x.data());
  return x;
}

const std::vector<std::string> names = {"ls1", "ls2", "lst", "gf", "alternating"};

RowMatrix<double> row(std::initializer_list<double> numbers) {
  RowMatrix<double> weights(static_cast<Index>(numbers.size()), 1);
  std::copy(numbers.begin(), numbers.end(), weights.data());
  return weights;
}

const std::filesystem::path folder = std::filesystem::path(PATHQUANT_SHARED_DIR) / "parity";

bool present() {
  if (std::filesystem::exists(folder / "manifest.json")) return true;
  pathquant::testing::skip("the published code's results are not here");
  return false;
}

template <class S>
RowMatrix<S> stored(const std::string& name) {
  return read_npy_weights(folder / (name + ".npy")).values.cast<S>();
}

TEST_CASE("Scales belong to a neuron, to each group of its weights, or to the layer") {
  const RowMatrix<double> weights = zoo::uniform_weights("granularity", 50, 6, 1.0);
  for (const std::string& name : names) {
    CAPTURE(name);
    const auto by_neuron = run(name, {}, weights);
    const auto by_group = run(name, {{"granularity", "group"}, {"group", std::int64_t{16}}}, weights);
    const auto by_layer = run(name, {{"granularity", "layer"}}, weights);
    for (Index j = 0; j < 6; ++j) {
      CHECK(by_neuron.weights.col(j) == block_by_hand(name, weights.col(j)));
      for (const Index first : {0, 16, 32, 48})
        CHECK(by_group.weights.col(j).segment(first, std::min<Index>(16, 50 - first)) ==
              block_by_hand(name, weights.col(j).segment(first, std::min<Index>(16, 50 - first))));
    }
    // Which of the layer's weights comes first does not matter, up to the rounding of sums.
    const Vector all = block_by_hand(name, weights.reshaped<Eigen::RowMajor>());
    CHECK((by_layer.weights.reshaped<Eigen::RowMajor>() - all).cwiseAbs().maxCoeff() < 1e-12);

    const Index of_a_block = name == "ls1" || name == "lst" ? 1 : 2;
    CHECK(by_neuron.planes->stored_scales() == 6 * of_a_block);
    CHECK(by_group.planes->stored_scales() == 24 * of_a_block);
    CHECK(by_layer.planes->stored_scales() == of_a_block);
    CHECK(by_neuron.planes->format.levels == (name == "ls1" ? 2 : name == "lst" ? 3 : 4));
  }
  CHECK(run("gf", {{"planes", std::int64_t{5}}}, weights).planes->format.levels == 32);
  CHECK(run("ls1", {{"granularity", "group"}, {"group", std::int64_t{1}}}, weights).weights == weights);
  CHECK(run("ls1", {{"granularity", "group"}, {"group", std::int64_t{1000}}}, weights).weights ==
        run("ls1", {}, weights).weights);
}

TEST_CASE("Granularity and group, compat and skip go together") {
  const RowMatrix<double> weights = zoo::uniform_weights("refused", 8, 2, 1.0);
  for (const std::string& name : names) {
    CHECK_THROWS_AS(run(name, {{"granularity", "group"}}, weights), std::invalid_argument);
    CHECK_THROWS_AS(run(name, {{"group", std::int64_t{4}}}, weights), std::invalid_argument);
  }
  for (const char* name : {"ls2", "lst"})
    CHECK_THROWS_AS(run(name, {{"skip", std::int64_t{2}}}, weights), std::invalid_argument);
}

TEST_CASE_TEMPLATE("The published code's values, entry by entry, and never better than the exact ones", S, float,
                   double) {
  if (!present()) return;
  const std::string precision = sizeof(S) == 8 ? "_f64" : "_f32";
  const double tolerance = sizeof(S) == 8 ? 1e-14 : 5e-7;  // that code's sums are in S, in another order
  const RowMatrix<S> x = stored<S>("v1_x");
  std::ifstream file(folder / "manifest.json");
  const nlohmann::json runs = nlohmann::json::parse(file).at("cases").at("v1").at("runs");
  const auto check = [&](const std::string& published, const std::string& name,
                         const std::map<std::string, Value>& given) {
    CAPTURE(published);
    const auto result = run<S>(name, given, x);
    CHECK((result.weights - stored<S>("v1_Q_" + published + precision)).cwiseAbs().maxCoeff() <= tolerance);
    const auto exact = name == "ls2" || name == "lst" ? run<S>(name, {}, x) : result;
    for (Index j = 0; j < x.cols(); ++j) {
      const double cost = (x.col(j) - result.weights.col(j)).template cast<double>().squaredNorm();
      const double expected = runs.at(published + precision).at("cost").at(static_cast<std::size_t>(j)).get<double>();
      CHECK(cost == doctest::Approx(expected).epsilon(sizeof(S) == 8 ? 1e-13 : 1e-6).scale(0));
      CHECK((x.col(j) - exact.weights.col(j)).template cast<double>().squaredNorm() <= cost * (1 + 1e-12));
    }
  };
  check("ls1", "ls1", {});
  for (const int planes : {1, 2, 3}) check("gf" + std::to_string(planes), "gf", {{"planes", std::int64_t{planes}}});
  for (const std::int64_t skip : {1, 3}) {
    const std::map<std::string, Value> given = {{"compat", "ml-quant"}, {"skip", skip}};
    check("ls2_skip" + std::to_string(skip), "ls2", given);
    check("lsT_skip" + std::to_string(skip), "lst", given);
  }
  const std::map<std::string, Value> standard = {{"compat", "ml-quant"}};
  CHECK(run<S>("ls2", standard, x).weights ==
        run<S>("ls2", {{"compat", "ml-quant"}, {"skip", std::int64_t{3}}}, x).weights);
}

TEST_CASE("What the published search does to short rows") {
  const std::map<std::string, Value> every = {{"compat", "ml-quant"}, {"skip", std::int64_t{1}}};
  // Candidates of [.1 1 1 1]: j = 1 has u/2 = 1/2 < a_1 = 1, j = 2 too; .1 is no more than half the mean.
  const RowMatrix<double> alone = row({.1, 1, 1, 1});
  CHECK_THROWS_AS(run("lst", every, alone), std::domain_error);
  // Beside a row that has a candidate (1 <= 2.5/2 <= 2 at j = 1), it becomes zeros.
  RowMatrix<double> both(4, 2);
  both << .1, .5, 1, 1, 1, 2, 1, 3;
  CHECK(run("lst", every, both).weights.col(0) == Vector::Zero(4));
  CHECK(run("lst", {}, both).weights.col(0) == run("lst", {}, alone).weights.col(0));
  CHECK_THROWS_AS(run("ls2", every, row({1, 2})), std::domain_error);
  // Of [.1 .2 1] only .2 is a candidate; v2 = mean(.1, 0, .8) = .3.
  const RowMatrix<double> q = run("ls2", every, row({.1, .2, 1})).weights;
  CHECK((q - row({-.1, .5, .5})).cwiseAbs().maxCoeff() < 1e-15);
  // x = v1 gives 2 v1 and x = -v1 gives 0: v1 is one of the numbers, and sign(0) = +1. Candidate 1: u/2 = 1 in [1, 2].
  const RowMatrix<double> tied = run("lst", every, row({.5, 1, -1, 2, 2, -2})).weights;
  CHECK(tied == row({0, 2, 0, 2, 2, -2}));
}

}  // namespace planes_test
