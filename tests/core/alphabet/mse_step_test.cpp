#include "core/alphabet/mse_step.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/core/alphabet/level_list.hpp"
#include "tests/core/layer_zoo.hpp"

using namespace pathquant;

namespace mse_step_test {

Alphabet alphabet_of(AlphabetKind kind, std::int64_t half_levels, const std::vector<double>& values = {}) {
  Alphabet alphabet{Vector::Ones(1), half_levels, kind, values};
  if (kind == AlphabetKind::list) alphabet.half_levels.reset();
  return alphabet;
}

double error(const RowMatrix<double>& weights, const Alphabet& alphabet, double step) {
  double sum = 0;
  for (const double w : weights.reshaped()) {
    const double distance = w - step * zoo::nearest_level(alphabet, w / step);
    sum += distance * distance;
  }
  return sum;
}

std::optional<double> best(const RowMatrix<double>& weights, const Alphabet& alphabet) {
  return mse_step(weights, alphabet.kind, alphabet.half_levels, alphabet.values);
}

RowMatrix<double> normals(const std::string& key, Index count) {
  RowMatrix<double> weights(1, count);
  Stream(key).normals(0, 0, count, weights.data());
  return weights;
}

const RowMatrix<double> four = (RowMatrix<double>(2, 2) << 1, -2, 3, 10).finished();

TEST_CASE("Four weights by hand") {
  // K = 1: only 10 is worth a level. K = 3: codes 0, 1, 1, 3: A = 2 + 3 + 30, B = 11.
  const Alphabet ternary = alphabet_of(AlphabetKind::midtread, 1);
  CHECK(best(four, ternary) == 10.0);
  CHECK(error(four, ternary, 10) == 14);
  const Alphabet seven = alphabet_of(AlphabetKind::midtread, 3);
  CHECK(best(four, seven).value() == doctest::Approx(35.0 / 11).epsilon(1e-15).scale(0));
  CHECK(error(four, seven, 35.0 / 11) == doctest::Approx(29.0 / 11).epsilon(1e-14).scale(0));
  // Two levels +-s/2: s/2 is the mean magnitude.
  CHECK(best(four, alphabet_of(AlphabetKind::midrise, 1)) == 8.0);
}

TEST_CASE("The ternary optimum of Gaussian weights is 1.226, with error 0.190") {
  const RowMatrix<double> weights = normals("mse/gaussian", 20000);
  const Alphabet ternary = alphabet_of(AlphabetKind::midtread, 1);
  const double step = best(weights, ternary).value();
  // Standard errors are 0.006 and 0.0022: the step is the mean of the 54 % beyond s/2, the error a mean of 20000.
  CHECK(std::abs(step - 1.226) < 0.03);
  CHECK(std::abs(error(weights, ternary, step) / 20000 - 0.190) < 0.01);
}

TEST_CASE("No step of a fine scan is better, for any kind and number of levels") {
  std::vector<Alphabet> alphabets;
  for (const std::int64_t half_levels : {1, 2, 3, 7, 20}) {
    alphabets.push_back(alphabet_of(AlphabetKind::midtread, half_levels));
    alphabets.push_back(alphabet_of(AlphabetKind::midrise, half_levels));
  }
  for (const std::vector<double>& values :
       {std::vector<double>{-1, 2}, std::vector<double>{-4, -2, -1, 0, 1, 2, 4}, std::vector<double>{1, 2, 3},
        std::vector<double>{-1, -0.5, 0.5, 1}, std::vector<double>{-3, -1, 0.25}})
    alphabets.push_back(alphabet_of(AlphabetKind::list, 1, values));
  for (const Alphabet& alphabet : alphabets)
    for (const Index count : {1, 5, 60}) {
      CAPTURE(alphabet.values.size());
      CAPTURE(count);
      const RowMatrix<double> weights = normals("mse/scan", count);
      const auto step = best(weights, alphabet);
      double scanned = weights.squaredNorm();
      constexpr int points = 4000;
      for (int i = 0; i < points; ++i) {
        const double s = 20 * std::pow(1e-4, i / static_cast<double>(points));
        scanned = std::min(scanned, error(weights, alphabet, s));
      }
      const double exact = step ? error(weights, alphabet, *step) : weights.squaredNorm();
      CHECK(exact <= scanned + 1e-12);
      CHECK(scanned <= exact + 0.01 * weights.squaredNorm());
    }
}

TEST_CASE("It is the global minimum, where alternating codes and step often stops at another") {
  int missed = 0;
  const Alphabet seven = alphabet_of(AlphabetKind::midtread, 3);
  for (int draw = 0; draw < 300; ++draw) {
    const RowMatrix<double> weights = normals("mse/alternation/" + std::to_string(draw), 64);
    double step = weights.cwiseAbs().maxCoeff() / 3;
    for (int round = 0; round < 200; ++round) {
      double product = 0, squares = 0;
      for (const double w : weights.reshaped()) {
        const double code = zoo::nearest_level(seven, w / step);
        product += w * code;
        squares += code * code;
      }
      step = product / squares;
    }
    const double exact = error(weights, seven, best(weights, seven).value());
    const double alternated = error(weights, seven, step);
    CHECK(exact <= alternated * (1 + 1e-12));
    missed += alternated > exact * (1 + 1e-9) ? 1 : 0;
  }
  CHECK(missed > 100);
}

TEST_CASE("Scaling the weights scales the step; ties and zeros are no trouble; no product, no step") {
  const Alphabet seven = alphabet_of(AlphabetKind::midtread, 3);
  const RowMatrix<double> weights = normals("mse/scale", 100);
  CHECK(best(4 * weights, seven) == 4 * best(weights, seven).value());
  CHECK(best(RowMatrix<double>::Constant(3, 4, -0.75), alphabet_of(AlphabetKind::midtread, 1)) == 0.75);
  RowMatrix<double> sparse = RowMatrix<double>::Zero(10, 10);
  sparse(3, 4) = 2;
  CHECK(error(sparse, seven, best(sparse, seven).value()) == doctest::Approx(0));
  CHECK_FALSE(best(RowMatrix<double>::Zero(3, 3), seven).has_value());
  CHECK_FALSE(best(RowMatrix<double>::Constant(1, 1, -1), alphabet_of(AlphabetKind::list, 1, {1, 2})).has_value());
}

TEST_CASE("Errors that count differently: whole numbers are repetitions, zeros leave a feature out") {
  const Index width = 30;
  RowMatrix<double> weights(width, 2);
  weights << normals("mse/weighted", 2 * width).reshaped(width, 2);
  Vector importance(width);
  std::vector<double> repeated;
  for (Index t = 0; t < width; ++t) {
    importance(t) = static_cast<double>(t % 4);
    for (Index copy = 0; copy < t % 4; ++copy) repeated.insert(repeated.end(), {weights(t, 0), weights(t, 1)});
  }
  const RowMatrix<double> copies =
      Eigen::Map<RowMatrix<double>>(repeated.data(), 1, static_cast<Index>(repeated.size()));
  for (const Alphabet& alphabet :
       {alphabet_of(AlphabetKind::midtread, 1), alphabet_of(AlphabetKind::midtread, 5),
        alphabet_of(AlphabetKind::midrise, 3), alphabet_of(AlphabetKind::list, 1, {-4, -1, 0, 2, 3})}) {
    const auto weighted = mse_step(weights, alphabet.kind, alphabet.half_levels, alphabet.values, importance);
    CHECK(weighted.value() == doctest::Approx(best(copies, alphabet).value()).epsilon(1e-12).scale(0));
    CHECK(mse_step(weights, alphabet.kind, alphabet.half_levels, alphabet.values, Vector::Constant(width, 0.25)) ==
          best(weights, alphabet));
  }
}

}  // namespace mse_step_test
