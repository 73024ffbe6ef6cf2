// Quantizers on inner products alone and on blocks of samples, against the same on held inputs.
#include <doctest/doctest.h>

#include <limits>

#include "core/feedback/most_features.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/quantizers/validated.hpp"
#include "tests/core/layer_calibrations.hpp"
#include "tests/core/layer_zoo.hpp"

namespace pathquant {
namespace gram_side_test {

using testing::on_blocks;
using testing::on_gram_side;
using Given = std::map<std::string, Value>;

const ExecutionContext never;

std::unique_ptr<Quantizer> make(const std::string& name, Given given = {}) {
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(name);
  given.insert({{"alphabet.levels", "infinite"}, {"alphabet.step", 0.5}});
  return entry.make(Parameters(entry.description.parameters, given));
}

const LayerShape shapes[] = {{60, 24, 1}, {60, 24, 17}, {20, 50, 1}, {20, 50, 9}, {300, 101, 40}};

LayerProblem<double> layer(LayerShape shape, bool mismatch) {
  return mismatch ? zoo::mismatched_layer("gram_side", shape, 0.2) : zoo::gaussian_layer("gram_side", shape);
}

std::vector<Alphabet> alphabets(LayerShape shape, bool groups) {
  std::vector<Alphabet> list = {zoo::finite_alphabet(shape.neurons, 0.3, 2),
                                zoo::infinite_alphabet(shape.neurons, 0.2)};
  if (!groups) return list;
  Alphabet alphabet = zoo::finite_alphabet(shape.neurons, 0.3, 3);
  alphabet.group = 8;
  const Index count = (shape.width + 7) / 8;
  alphabet.group_steps = RowMatrix<double>::Constant(count, shape.neurons, 0.3);
  for (Index g = 0; g < count; ++g) alphabet.group_steps.row(g) *= 1 - 0.05 * static_cast<double>(g % 5);
  list.push_back(alphabet);
  return list;
}

void check_same(const Quantizer& quantizer, LayerShape shape, bool mismatch) {
  const LayerProblem<double> held = layer(shape, mismatch), gram = on_gram_side(held), blocks = on_blocks(held, 33);
  CHECK(quantizer.needs() == CalibrationNeed::gram);
  CHECK(!quantizer.declines(gram));
  const Stream draws("gram_side/draws");
  for (const Alphabet& alphabet : alphabets(shape, quantizer.traits().block_alphabets)) {
    const auto expected = quantizer.quantize(held, alphabet, draws, never);
    for (const LayerProblem<double>* problem : {&gram, &blocks}) {
      const auto result = quantizer.quantize(*problem, alphabet, draws, never.with_threads(2));
      CHECK(result.weights == expected.weights);
      CHECK(result.clipped == expected.clipped);
      CHECK(result.alignment_residual.size() == 0);
      const Vector energies = expected.alignment_residual.colwise().squaredNorm().transpose();
      REQUIRE(result.alignment_energies.size() == (expected.alignment_residual.size() > 0 ? shape.neurons : 0));
      const double signal = (held.inputs() * held.weights()).squaredNorm();
      if (energies.size() > 0) CHECK((result.alignment_energies - energies).norm() <= 1e-10 * signal);
    }
  }
}

void check_everywhere(const std::string& name, const Given& given = {}) {
  const auto quantizer = make(name, given);
  for (const LayerShape shape : shapes)
    for (const bool mismatch : {false, true}) {
      CAPTURE(name);
      CAPTURE(shape.samples);
      CAPTURE(shape.width);
      CAPTURE(shape.neurons);
      CAPTURE(mismatch);
      check_same(*quantizer, shape, mismatch);
    }
}

const Given natural = {{"order", "natural"}}, decreasing = {{"order", "decreasing_norm"}};

TEST_CASE("Path following gives the same Q") {
  for (const Given& order : {natural, decreasing}) {
    check_everywhere("gpfq", order);
    for (const Value& alignment : {Value(std::int64_t{1}), Value(std::int64_t{3}), Value("perfect")}) {
      Given given = order;
      given.insert({"alignment", alignment});
      check_everywhere("spfq", given);
    }
  }
}

TEST_CASE("Error feedback gives the same Q") {
  for (const Given& order : {natural, decreasing}) {
    check_everywhere("optq", order);
    Given asymmetric = order;
    asymmetric.insert({{"calibration", "asymmetric"}, {"rounding", "stochastic"}});
    check_everywhere("optq", asymmetric);
    check_everywhere("qronos", order);
    check_everywhere("gptaq", order);
  }
}

TEST_CASE("Descent gives the same Q") {
  for (const Given& order : {natural, decreasing}) check_everywhere("coordinate_descent", order);
  check_everywhere("coordinate_descent", {{"start", "msq"}});
  check_everywhere("mean_field");
  check_everywhere("adaround", {{"iterations", std::int64_t{60}}});
}

TEST_CASE("A dead feature takes the same decision") {
  for (const bool mismatch : {false, true}) {
    const LayerProblem<double> base = layer({40, 20, 6}, mismatch);
    Matrix<double> xq = base.quantized_inputs();
    xq.col(0).setZero();
    xq.col(7).setZero();
    const LayerProblem<double> held = mismatch ? LayerProblem<double>(base.inputs(), xq, base.weights())
                                               : LayerProblem<double>(xq, std::nullopt, base.weights());
    const LayerProblem<double> gram = on_gram_side(held);
    for (const char* name :
         {"gpfq", "spfq", "optq", "qronos", "gptaq", "coordinate_descent", "mean_field", "adaround"}) {
      CAPTURE(name);
      const auto quantizer = make(name);
      const auto q = [&](const LayerProblem<double>& problem) {
        return quantizer->quantize(problem, zoo::finite_alphabet(6, 0.3, 3), Stream("dead"), never).weights;
      };
      CHECK(q(held) == q(gram));
    }
  }
}

TEST_CASE("The levels with which SPFQ does not clip are the same") {
  for (const Given& order : {natural, decreasing})
    for (const bool mismatch : {false, true})
      for (const LayerShape shape : shapes) {
        const LayerProblem<double> held = layer(shape, mismatch);
        const auto levels = [&](const LayerProblem<double>& problem) {
          return make("spfq", order)
              ->no_clip_half_levels(problem, zoo::infinite_alphabet(shape.neurons, 0.2), 0.9, never);
        };
        REQUIRE(levels(held));
        CHECK(levels(held) == levels(on_gram_side(held)));
      }
}

TEST_CASE("Single precision: nearly all decisions are the same") {
  for (const char* name : {"gpfq", "spfq", "optq", "qronos", "gptaq", "coordinate_descent"}) {
    CAPTURE(name);
    const LayerProblem<float> held = zoo::cast<float>(layer({300, 101, 40}, true)), gram = on_gram_side(held);
    const auto q = [&](const LayerProblem<float>& problem) {
      return make(name)->quantize(problem, zoo::finite_alphabet(40, 0.25, 7), Stream("single"), never).weights;
    };
    const Index differing = (q(held).array() != q(gram).array()).count();
    CHECK(static_cast<double>(differing) <= 0.02 * static_cast<double>(101 * 40));
  }
}

TEST_CASE("What needs the samples declines a layer without them; the weights alone are enough for others") {
  const LayerProblem<double> held = layer({20, 12, 3}, true), gram = on_gram_side(held);
  const auto needy = make("scaled_spfq");
  CHECK(needy->needs() == CalibrationNeed::held);
  CHECK(!needy->declines(held));
  REQUIRE(needy->declines(gram));
  CHECK(needy->declines(gram)->find("samples") != std::string::npos);
  CHECK_THROWS_AS(needy->quantize(gram, zoo::infinite_alphabet(3, 0.2), Stream("declined"), never), std::logic_error);
  CHECK(make("msq")->needs() == CalibrationNeed::weights);
  CHECK(!make("msq")->declines(gram));

  // What runs what the program was not built with passes both on.
  QuantizerEntry entry = *Registry<QuantizerEntry>::instance().find("scaled_spfq");
  entry.untrusted = true;
  const auto wrapped = make_quantizer(
      entry, Parameters(entry.description.parameters, {{"alphabet.levels", "infinite"}, {"alphabet.step", 0.5}}));
  CHECK(wrapped->needs() == CalibrationNeed::held);
  CHECK(wrapped->declines(gram) == needy->declines(gram));
}

TEST_CASE("A layer beyond the limit of width is declined, and quantizing it all the same throws") {
  const LayerProblem<double> wide(RowMatrix<double>(RowMatrix<double>::Constant(most_features + 1, 1, 0.25)));
  const LayerProblem<double> narrow(RowMatrix<double>(RowMatrix<double>::Constant(8, 1, 0.25)));
  for (const char* name : {"optq", "qronos", "gptaq", "coordinate_descent", "mean_field", "adaround"}) {
    CAPTURE(name);
    const auto quantizer = make(name);
    REQUIRE(quantizer->declines(wide));
    CHECK(quantizer->declines(wide)->find("at most 32768 features") != std::string::npos);
    CHECK(!quantizer->declines(narrow));
    CHECK_THROWS_AS(quantizer->quantize(wide, zoo::infinite_alphabet(1, 0.2), Stream("wide"), never),
                    std::domain_error);
  }
  CHECK(!make("gpfq")->declines(wide));
}

}  // namespace gram_side_test
}  // namespace pathquant
