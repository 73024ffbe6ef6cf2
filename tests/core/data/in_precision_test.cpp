#include "core/data/in_precision.hpp"

#include <doctest/doctest.h>

#include <limits>

#include "core/data/npy.hpp"
#include "core/inputs/input_distribution.hpp"
#include "core/weights/weight_distribution.hpp"
#include "tests/core/data/files.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace in_precision_test {

constexpr double beyond = 1e39;

RowMatrix<double> matrix_with(double value) {
  RowMatrix<double> matrix = RowMatrix<double>::Constant(4, 3, 0.25);
  matrix(2, 1) = value;
  return matrix;
}

TEST_CASE("a number that float32 has not is refused with its place, and float64 takes it") {
  for (const double value : {beyond, -beyond, std::numeric_limits<double>::max()}) {
    const RowMatrix<double> matrix = matrix_with(value);
    CHECK(in_precision<double>(matrix, "x.npy") == matrix);
    CHECK(contains(refusal<DataError>([&] { in_precision<float>(matrix, "x.npy"); }),
                   "x.npy: overflows float32 at row 2, column 1"));
    CHECK(contains(refusal<DataError>([&] { in_precision<float>(matrix, "w.npy", FileOrder::transposed); }),
                   "w.npy: overflows float32 at row 1, column 2"));
  }
  for (const double value : {3.4028234e38, -3.4028234e38, 1e-300, 0.1})
    CHECK(in_precision<float>(matrix_with(value), "x.npy")(2, 1) == static_cast<float>(value));
}

TEST_CASE("rows that a trial draws from a file are refused by the file's row and column") {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "x.npy";
  write_npy_matrix(file, matrix_with(beyond));
  const InputEntry& entry = *Registry<InputEntry>::instance().find("npy");
  const auto law = entry.make(Parameters(entry.description.parameters, {{"path", file.string()}}));
  for (const Index samples : {4, 3}) {
    const auto source = law->open("key", samples, 3);
    std::vector<double> doubles(static_cast<std::size_t>(3 * samples));
    source->columns(0, 3, doubles.data());
    const bool drawn = std::find(doubles.begin(), doubles.end(), beyond) != doubles.end();
    std::vector<float> singles(doubles.size());
    const auto read = [&] { source->single_columns(0, 3, samples, singles.data()); };
    if (drawn)
      CHECK(contains(refusal<DataError>(read), file.string() + ": overflows float32 at row 2, column 1"));
    else
      CHECK_NOTHROW(read());
    CHECK((drawn || samples < 4));
    source->single_columns(0, 1, samples, singles.data());
    CHECK(singles[0] == 0.25F);
  }
}

}  // namespace in_precision_test
