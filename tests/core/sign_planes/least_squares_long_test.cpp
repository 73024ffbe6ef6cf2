// Tests of the memory that exact least squares takes for 10^7 weights.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include "core/quantizers/quantizer.hpp"
#include "core/sign_planes/least_squares.hpp"
#include "tests/core/sign_planes/vectors.hpp"

using namespace pathquant;

namespace least_squares_long_test {

constexpr Index rows = 1000;
constexpr Index columns = 10000;

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// How long it takes: runsweep bench binary_fit.
TEST_CASE("10^7 single-precision weights in 1000 rows take less than 120 MB beside them") {
  const Matrix<float> w = [] {
    Matrix<float> numbers(columns, rows);
    std::vector<double> row(static_cast<std::size_t>(columns));
    for (Index j = 0; j < rows; ++j) {
      Stream("time").normals(j, 0, columns, row.data());
      std::copy(row.begin(), row.end(), numbers.col(j).data());
    }
    return numbers;
  }();
  Matrix<float> q = w;
  const auto fit = [&](PlaneScales<float> (*solve)(std::span<const float>, std::span<const double>)) {
    for (Index j = 0; j < rows; ++j) {
      const std::span<const float> x(w.col(j).data(), static_cast<std::size_t>(columns));
      fold(x, solve(x, {}), q.col(j).data());
    }
  };
  const double before = peak_megabytes();
  for (const auto solve : {ls1<float>, ls2<float>, lst<float>}) fit(solve);
  CHECK(peak_megabytes() - before < 10);  // Q is there already

  const LayerProblem<float> layer{RowMatrix<float>(w)};
  const double before_layer = peak_megabytes();
  for (const char* name : {"ls1", "ls2", "lst"}) {
    const QuantizerEntry* entry = Registry<QuantizerEntry>::instance().find(name);
    const auto quantizer = entry->make(Parameters(entry->description.parameters, {}));
    quantizer->quantize(layer, Alphabet{}, Stream("unused"), ExecutionContext());
    CHECK(peak_megabytes() - before_layer < 120);
  }
}

}  // namespace least_squares_long_test
