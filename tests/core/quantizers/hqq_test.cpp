// Tests of half-quadratic quantization: monotone rounds, and their gain.
#include <doctest/doctest.h>

#include "core/quantizers/quantizer.hpp"
#include "core/weights/weight_distribution.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace hqq_test {

const ExecutionContext never;

using Given = std::map<std::string, Value>;

QuantizedLayer<double> hqq(const RowMatrix<double>& weights, const Given& given) {
  const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find("hqq");
  return entry.make(Parameters(entry.description.parameters, given))
      ->quantize(LayerProblem<double>(weights), Alphabet{}, Stream("unused"), never);
}

RowMatrix<double> drawn(const std::string& law, const Given& given, Index width, Index neurons) {
  const WeightEntry& entry = *Registry<WeightEntry>::instance().find(law);
  return entry.make(Parameters(entry.description.parameters, given))->draw("hqq/" + law, width, neurons);
}

double mean_error(const RowMatrix<double>& a, const RowMatrix<double>& b) {
  return (a - b).cwiseAbs().mean();
}

TEST_CASE("weights that are levels already stay as they are") {
  for (const std::int64_t bits : {1, 2, 3, 5}) {
    const std::int64_t last = (std::int64_t{1} << bits) - 1;
    RowMatrix<double> weights(40, 3);
    for (Index t = 0; t < weights.rows(); ++t)
      for (Index j = 0; j < weights.cols(); ++j)
        weights(t, j) = 0.37 * static_cast<double>((t * 7 + j) % (last + 1)) - 0.61 * static_cast<double>(j);
    CHECK(mean_error(hqq(weights, {{"bits", bits}}).weights, weights) < 1e-14);
  }
}

// With one round the zero point is where it starts: that is what the others are to be better than.
TEST_CASE("the mean error is never above that of the first zero point, and falls where there are outliers") {
  const Given student = {{"degrees", std::int64_t{3}}};
  for (const auto& [law, given] : {std::pair<std::string, Given>{"gaussian", {}}, {"student_t", student}})
    for (const std::int64_t bits : {2, 3, 4})
      for (const Given& shared :
           {Given{}, Given{{"granularity", "layer"}}, Given{{"granularity", "group"}, {"group", std::int64_t{16}}}}) {
        CAPTURE(law);
        CAPTURE(bits);
        const RowMatrix<double> weights = drawn(law, given, 64, 64);
        Given start = shared, all = shared;
        start.insert({{"bits", bits}, {"rounds", std::int64_t{1}}});
        all.insert({{"bits", bits}});
        const RowMatrix<double> first = hqq(weights, start).weights, last = hqq(weights, all).weights;
        const bool whole = shared.contains("granularity") && shared.at("granularity") == Value("layer");
        for (Index j = 0; j < weights.cols() && !whole; ++j)
          CHECK(mean_error(last.col(j), weights.col(j)) <= mean_error(first.col(j), weights.col(j)) * (1 + 1e-12));
        const double gain = 1 - mean_error(last, weights) / mean_error(first, weights);
        if (shared.empty() && bits <= 3) CHECK(gain > (law == "gaussian" ? 0.01 : bits == 2 ? 0.05 : 0.01));
      }
}

// Between two zero points of one error the last digit decides, and the next rounds go on from there: about the same.
TEST_CASE("adding a number to all weights leaves the error as large") {
  const RowMatrix<double> weights = drawn("student_t", {{"degrees", std::int64_t{3}}}, 50, 8);
  const RowMatrix<double> moved = weights.array() + 3.25;
  const double error = mean_error(hqq(weights, {}).weights, weights);
  CHECK(mean_error(hqq(moved, {}).weights, moved) == doctest::Approx(error).epsilon(0.01).scale(0));
}

TEST_CASE("a block has 2^bits levels, and what tells them counts") {
  const auto result = hqq(drawn("gaussian", {}, 48, 5),
                          {{"bits", std::int64_t{3}}, {"granularity", "group"}, {"group", std::int64_t{16}}});
  REQUIRE(result.alphabet.has_value());
  CHECK(result.alphabet->levels() == 8);
  CHECK(result.alphabet->group == 16);
  CHECK(result.alphabet->stored_numbers() == 2 * 3 * 5);  // a step and a zero point for each of 3 groups of 5 neurons
}

}  // namespace hqq_test
