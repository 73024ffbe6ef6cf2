#include "core/alphabet/inferred.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "core/random/stream.hpp"

using namespace pathquant;

namespace inferred_test {

// Whole numbers, uniform on 0 .. most.
RowMatrix<double> whole(const char* key, Index width, Index neurons, int most) {
  RowMatrix<double> numbers(width, neurons);
  const Stream stream(key);
  for (Index t = 0; t < width; ++t) stream.uniforms(t, 0, neurons, numbers.row(t).data());
  return (numbers.array() * (most + 1)).floor().matrix();
}

TEST_CASE("the alphabet that Q was made with is found again, in the precision that Q has") {
  for (const int half : {1, 2, 7, 127})
    for (const double step : {1.0, 0.0648, 1e-3 / 3}) {
      CAPTURE(half);
      CAPTURE(step);
      RowMatrix<double> k = whole("inferred", 400, 5, 2 * half).array() - half;
      k(0, 0) = half;
      k(1, 0) = 1;
      k(2, 0) = 0;
      for (const bool single : {false, true}) {
        RowMatrix<double> q = step * k;
        if (single) q = (static_cast<float>(step) * k.cast<float>()).cast<double>();
        const Alphabet tread = inferred_alphabet(q);
        CHECK(tread.kind == AlphabetKind::midtread);
        CHECK(tread.half_levels == half);
        CHECK((tread.steps.array() / step - 1).abs().maxCoeff() < (single ? 1e-6 : 1e-12));
        const Alphabet rise = inferred_alphabet(step * (k.cwiseMin(half - 1).array() + 0.5).matrix());
        CHECK(rise.kind == AlphabetKind::midrise);
        CHECK(rise.half_levels == half);
        CHECK((rise.steps.array() / step - 1).abs().maxCoeff() < 1e-12);
      }
    }
}

TEST_CASE("neurons may have steps of their own") {
  RowMatrix<double> q = whole("own steps", 300, 4, 6).array() - 3;
  const Vector steps{{0.1, std::sqrt(2.0) / 7, 0.5, 1 / 3.1}};
  for (Index j = 0; j < 4; ++j) q.col(j) *= steps(j);
  const Alphabet alphabet = inferred_alphabet(q);
  CHECK(alphabet.kind == AlphabetKind::midtread);
  CHECK(alphabet.half_levels == 3);
  CHECK((alphabet.steps - steps).cwiseAbs().maxCoeff() < 1e-12);
}

TEST_CASE("values without a step in common are a list, and too many of them no alphabet") {
  RowMatrix<double> q(4, 2);
  q << -std::sqrt(2.0), 1, 3.1, std::exp(1.0), 1, 3.1, -std::sqrt(2.0), 1;
  const Alphabet alphabet = inferred_alphabet(q);
  CHECK(alphabet.kind == AlphabetKind::list);
  CHECK(alphabet.values == std::vector<double>{-std::sqrt(2.0), 1, std::exp(1.0), 3.1});
  CHECK(alphabet.steps == Vector::Ones(2));
  RowMatrix<double> anything(1000, 100);
  const Stream stream("anything");
  for (Index t = 0; t < 1000; ++t) stream.normals(t, 0, 100, anything.row(t).data());
  CHECK_THROWS_AS(inferred_alphabet(anything), std::domain_error);
}

TEST_CASE("values that only a grid of very many levels has are a list") {
  for (const auto& [low, high] :
       {std::pair(1e-10, 1.0), {1e-32, 1e33}, {-1e-300, 1e300}, {3e-6, 1.0}, {5e-324, 1e308}}) {
    CAPTURE(low);
    RowMatrix<double> q(2, 2);
    q << low, high, high, low;
    const Alphabet alphabet = inferred_alphabet(q);
    CHECK(alphabet.kind == AlphabetKind::list);
    CHECK(alphabet.values == std::vector<double>{low, high});
  }
}

TEST_CASE("the levels of a grid that is found are at most 65537, and it has all values") {
  const Stream stream("grids");
  for (int trial = 0; trial < 200; ++trial) {
    RowMatrix<double> q(3, 2);
    for (Index t = 0; t < 3; ++t) stream.normals(trial, 2 * t, 2, q.row(t).data());
    q = q.array().sign() * (8 * q.array()).exp();
    const Alphabet alphabet = inferred_alphabet(q);
    CHECK(alphabet.levels().value() <= 65537);
    if (alphabet.kind == AlphabetKind::list) continue;
    const double offset = alphabet.kind == AlphabetKind::midrise ? 0.5 : 0;
    for (Index t = 0; t < 3; ++t)
      for (Index j = 0; j < 2; ++j) {
        const double k = q(t, j) / alphabet.steps(j) - offset;
        CHECK(std::abs(k - std::round(k)) * alphabet.steps(j) <= 1e-6 * q.cwiseAbs().maxCoeff());
      }
  }
}

TEST_CASE("the magnitude of the values does not matter") {
  for (const double step : {1e-300, 1e300}) {
    RowMatrix<double> q(2, 2);
    q << -3 * step, step, 2 * step, 0;
    const Alphabet alphabet = inferred_alphabet(q);
    CHECK(alphabet.kind == AlphabetKind::midtread);
    CHECK(alphabet.half_levels == 3);
    CHECK(alphabet.steps(0) / step == doctest::Approx(1));
  }
}

TEST_CASE("zeros and single values have an alphabet too") {
  const Alphabet zeros = inferred_alphabet(RowMatrix<double>::Zero(3, 2));
  CHECK(zeros.kind == AlphabetKind::midtread);
  CHECK(zeros.steps == Vector::Ones(2));
  RowMatrix<double> signs(2, 2);
  signs << 0.7, -0.7, -0.7, 0.7;
  const Alphabet binary = inferred_alphabet(signs);
  CHECK(binary.kind == AlphabetKind::midrise);
  CHECK(binary.levels() == 2);
  CHECK(binary.steps(0) == doctest::Approx(1.4));
  signs.col(0).setZero();
  CHECK(inferred_alphabet(signs).levels() == 3);
}

}  // namespace inferred_test
