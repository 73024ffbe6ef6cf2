#include "core/sign_planes/packed_layer.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "core/quantizers/quantizer.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace packed_layer_test {

const ExecutionContext never;

template <class S>
struct Quantized {
  RowMatrix<S> q;
  PackedLayer<S> packed;
};

template <class S>
Quantized<S> quantize(const std::string& name, const std::map<std::string, Value>& given, const RowMatrix<S>& weights) {
  const QuantizerEntry* entry = Registry<QuantizerEntry>::instance().find(name);
  const auto result = entry->make(Parameters(entry->description.parameters, given))
                          ->quantize(LayerProblem<S>(weights), Alphabet{}, Stream("unused"), never);
  return {result.weights, pack(result.weights, result.planes.value())};
}

struct Scheme {
  std::string name;
  std::map<std::string, Value> given;
};
const std::vector<Scheme> schemes = {
    {"ls1", {}},
    {"ls2", {}},
    {"lst", {}},
    {"gf", {{"planes", std::int64_t{5}}}},
    {"alternating", {{"planes", std::int64_t{3}}}},
    {"ls2", {{"granularity", "layer"}}},
    {"ls2", {{"granularity", "group"}, {"group", std::int64_t{64}}}},
    {"gf", {{"granularity", "group"}, {"group", std::int64_t{37}}}},
    {"lst", {{"compat", "ml-quant"}}},
};

template <class S>
RowMatrix<S> weights(Index width, Index neurons) {
  return zoo::uniform_weights("packed", width, neurons, 1.0).cast<S>();
}

template <class S>
void check_close(const RowMatrix<S>& y, const RowMatrix<double>& expected, Index width) {
  const double rounding = 8 * std::numeric_limits<S>::epsilon() * static_cast<double>(width);
  CHECK((y.template cast<double>() - expected).cwiseAbs().maxCoeff() <= rounding * expected.cwiseAbs().maxCoeff());
}

TEST_CASE_TEMPLATE("Packing keeps Q bit for bit", S, float, double) {
  for (const auto& [name, given] : schemes)
    for (const Index width : {1, 10, 64, 150, 192}) {
      CAPTURE(name);
      CAPTURE(width);
      if (given.contains("compat") && width < 10) continue;  // the published search stops there
      const auto [q, packed] = quantize<S>(name, given, weights<S>(width, 7));
      const RowMatrix<S> again = unpack(packed);
      CHECK(again == q);
      CHECK(again.array().isFinite().all());
      CHECK(packed.planes.size() == static_cast<std::size_t>(packed.scaled.format.planes));
    }
}

TEST_CASE_TEMPLATE("Products with real inputs are the dense ones", S, float, double) {
  const Matrix<S> x = zoo::gaussian_inputs("packed", 11, 150).cast<S>();
  for (const auto& [name, given] : schemes) {
    CAPTURE(name);
    const auto [q, packed] = quantize<S>(name, given, weights<S>(150, 9));
    check_close<S>(multiply(x, packed), x.template cast<double>() * q.template cast<double>(), 150);
  }
  const auto packed = quantize<S>("ls1", {}, weights<S>(20, 2)).packed;
  CHECK_THROWS_AS(multiply(x, packed), std::invalid_argument);
}

TEST_CASE_TEMPLATE("Products of bits and bits are the dense ones of what they stand for", S, float, double) {
  const RowMatrix<S> samples = zoo::gaussian_inputs("packed bits", 11, 150).transpose().cast<S>();
  for (const auto& [of_inputs, inputs_given] : schemes) {
    const auto [x, packed_x] = quantize<S>(of_inputs, inputs_given, samples);
    for (const auto& [name, given] : schemes) {
      CAPTURE(of_inputs);
      CAPTURE(name);
      const auto [q, packed] = quantize<S>(name, given, weights<S>(150, 9));
      const RowMatrix<double> expected = x.transpose().template cast<double>() * q.template cast<double>();
      check_close<S>(multiply(packed_x, packed), expected, 150);
    }
  }
  const auto narrow = quantize<S>("ls1", {}, weights<S>(20, 2)).packed;
  CHECK_THROWS_AS(multiply(narrow, quantize<S>("ls1", {}, weights<S>(21, 2)).packed), std::invalid_argument);
}

TEST_CASE("One plane by one plane is exact up to its two scales") {
  // Scales that are powers of two: every product and sum is a whole number of eighths.
  const RowMatrix<float> w = (weights<float>(300, 4).array().sign() / 2).matrix();
  const RowMatrix<float> samples = (weights<float>(300, 6).rowwise().reverse().array().sign() / 4).matrix();
  const auto [x, packed_x] = quantize<float>("ls1", {}, samples);
  const auto [q, packed] = quantize<float>("ls1", {}, w);
  CHECK(q == w);
  CHECK(multiply(packed_x, packed) == RowMatrix<float>(samples.transpose() * w));
}

TEST_CASE("At most 1.1 bits are stored for a weight of one bit, scale included") {
  for (const Index width : {640, 1000, 1024, 4096}) {
    CAPTURE(width);
    const auto packed = quantize<float>("ls1", {}, weights<float>(width, 5)).packed;
    CHECK(packed.bits_of_a_weight() <= 1.1);
    CHECK(packed.bytes() == static_cast<std::size_t>(5 * ((width + 63) / 64 * 8 + 4)));
  }
  // Ternary: two planes, one scale.
  CHECK(quantize<float>("lst", {}, weights<float>(64, 1)).packed.bytes() == 2 * 8 + 4);
  CHECK(quantize<double>("gf", {{"planes", std::int64_t{3}}}, weights<double>(64, 1)).packed.bytes() == 3 * 8 + 3 * 8);
}

TEST_CASE("Values that are no levels cannot be packed") {
  auto [q, packed] = quantize<double>("ls2", {}, weights<double>(30, 2));
  q(3, 1) += 1e-9;
  CHECK_THROWS_AS(pack(q, packed.scaled), std::invalid_argument);
}

}  // namespace packed_layer_test
