// Tests of input distributions with data: npy, csv and the named data sets.
#include <doctest/doctest.h>

#include <set>

#include "core/data/data_error.hpp"
#include "core/data/npy.hpp"
#include "tests/core/data/files.hpp"
#include "tests/core/inputs/input_distributions.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace tables_test {

constexpr Index rows = 600;  // more than a tile of the source
constexpr Index features = 9;

/// The entry at (row, column) is 100 row + column, so that an entry of X tells where it comes from.
RowMatrix<double> numbered() {
  return RowMatrix<double>::NullaryExpr(rows, features,
                                        [](Index row, Index column) { return double(100 * row + column); });
}

class NumberedFile {
 public:
  NumberedFile() : file(folder / "x.npy") { write_npy_matrix(file, numbered()); }
  std::unique_ptr<InputDistribution> law(const std::string& words = "all") const {
    return make_inputs("npy", {{"path", file.string()}, {"features", words}});
  }
  TemporaryFolder folder;
  std::filesystem::path file;
};

std::vector<Index> rows_of(const Matrix<double>& x) {
  std::vector<Index> list;
  for (const double entry : x.col(0)) list.push_back(static_cast<Index>(entry) / 100);
  return list;
}

std::vector<Index> columns_of(const Matrix<double>& x) {
  std::vector<Index> list;
  for (const double entry : x.row(0)) list.push_back(static_cast<Index>(entry) % 100);
  return list;
}

TEST_CASE("all rows and features: the file as it is, and nothing is random") {
  const NumberedFile data;
  const auto law = data.law();
  CHECK(law->fixed_width() == features);
  CHECK(law->available_samples() == rows);
  CHECK(law->files() == std::vector{data.file});
  CHECK(!law->column_law().independent);
  CHECK(!law->random(rows));
  CHECK(law->random(rows - 1));
  CHECK(draw_inputs(*law, "a", rows, features) == numbered());
  CHECK(draw_inputs_in_blocks(*law, "b", rows, features) == numbered());
}

TEST_CASE("rows are drawn without replacement; fewer samples are the first rows of the same X") {
  const NumberedFile data;
  const auto law = data.law();
  const Matrix<double> x = draw_inputs(*law, "trial 0", rows - 1, features);
  const auto drawn = rows_of(x);
  CHECK(std::set<Index>(drawn.begin(), drawn.end()).size() == rows - 1);
  for (Index i = 0; i < rows - 1; ++i) CHECK(x.row(i) == numbered().row(drawn[static_cast<std::size_t>(i)]));
  CHECK(draw_inputs(*law, "trial 0", 20, features) == x.topRows(20));
  CHECK(draw_inputs_in_blocks(*law, "trial 0", rows - 1, features) == x);
  CHECK(rows_of(draw_inputs(*law, "trial 1", 20, features)) != rows_of(draw_inputs(*law, "trial 0", 20, features)));
}

TEST_CASE("features: first cuts the columns; the rows are those of all features") {
  const NumberedFile data;
  const Matrix<double> x = draw_inputs(*data.law(), "t", 30, features);
  CHECK(draw_inputs(*data.law("first"), "t", 30, 4) == x.leftCols(4));
  CHECK(!data.law("first")->random(rows));
  CHECK(data.law("first")->fixed_width() == features);
}

TEST_CASE("features: random draws an ascending set in each trial, which fewer features are a part of") {
  const NumberedFile data;
  const auto law = data.law("random");
  CHECK(law->random(rows));
  std::map<Index, int> seen;
  constexpr int trials = 2000;
  for (int trial = 0; trial < trials; ++trial) {
    const std::string key = "trial " + std::to_string(trial);
    const auto columns = columns_of(draw_inputs(*law, key, rows, 4));
    CHECK(columns.size() == 4);
    CHECK(std::adjacent_find(columns.begin(), columns.end(), std::greater_equal()) == columns.end());
    const auto fewer = columns_of(draw_inputs(*law, key, rows, 2));
    CHECK(std::includes(columns.begin(), columns.end(), fewer.begin(), fewer.end()));
    for (const Index column : columns) ++seen[column];
  }
  // Each column is in a trial's set with probability 4/9: a binomial count, six deviations.
  constexpr double chance = 4.0 / features;
  for (Index column = 0; column < features; ++column)
    CHECK(std::abs(seen[column] - trials * chance) <= 6 * std::sqrt(trials * chance * (1 - chance)));
  const auto of_random = rows_of(draw_inputs(*law, "t", 30, features));
  CHECK(of_random == rows_of(draw_inputs(*data.law(), "t", 30, features)));
}

TEST_CASE("more than there is, and a smaller width without a rule for it, are refused") {
  const NumberedFile data;
  CHECK_THROWS_WITH_AS(data.law()->open("k", rows + 1, features),
                       "samples must be at most 600, the rows of npy, not 601", std::invalid_argument);
  CHECK_THROWS_WITH_AS(data.law("first")->open("k", rows, features + 1),
                       "width must be at most 9, the features of npy, not 10", std::invalid_argument);
  CHECK(contains(refusal<std::invalid_argument>([&] { data.law()->open("k", rows, 5); }), "features: first"));
  CHECK_THROWS_AS(data.law()->open("k", 0, features), std::invalid_argument);
  CHECK_THROWS_AS(data.law("some"), std::invalid_argument);
  CHECK_THROWS_AS(make_inputs("npy"), std::invalid_argument);
}

TEST_CASE("csv: the rows of a text file, whose last column may be a label") {
  const TemporaryFolder folder;
  write_bytes(folder / "x.csv", bytes_of("a,b,kind\n1,2,3\n4,5,6\n"));
  const std::string path = (folder / "x.csv").string();
  const auto law = make_inputs("csv", {{"path", path}});
  CHECK(draw_inputs(*law, "k", 2, 3) == (Matrix<double>(2, 3) << 1, 2, 3, 4, 5, 6).finished());
  CHECK(law->files() == std::vector{folder / "x.csv"});
  CHECK(!law->random(2));
  const auto labelled = make_inputs("csv", {{"path", path}, {"label", std::string("last")}});
  CHECK(draw_inputs(*labelled, "k", 2, 2) == (Matrix<double>(2, 2) << 1, 2, 4, 5).finished());
  CHECK(law->fixed_width() == 3);
  CHECK_THROWS_AS(make_inputs("csv"), std::invalid_argument);
}

TEST_CASE("a missing file is refused when the data are asked for, not before") {
  const auto law = make_inputs("npy", {{"path", std::string("/no/such/x.npy")}});
  CHECK(law->files().size() == 1);
  CHECK(contains(refusal<DataError>([&] { law->fixed_width(); }), "/no/such/x.npy: there is no such file"));
  const TemporaryFolder nothing;
  const ChangedVariable data("PATHQUANT_DATA", nothing.path().string());
  const ChangedVariable cache("XDG_CACHE_HOME", nothing.path().string());
  const auto mnist = make_inputs("mnist");
  CHECK_THROWS_AS(mnist->files(), DataError);
  CHECK_THROWS_AS(mnist->open("k", 1, 784), DataError);
}

TEST_CASE("a named data set is a table of pixels divided by white") {
  const TemporaryFolder folder;
  const ChangedVariable data("PATHQUANT_DATA", folder.path().string());
  Bytes pixels(5 * 784);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i / 784 * 50 + i % 784 % 50);
  create_directories(folder / "fashion");
  write_bytes(folder / "fashion/t10k-images-idx3-ubyte.gz", gzip(idx({0x803, 5, 28, 28}, pixels)));
  const auto law = make_inputs("fashion", {{"split", std::string("test")}});
  CHECK(law->files() == std::vector{folder / "fashion/t10k-images-idx3-ubyte.gz"});
  CHECK(law->available_samples() == 5);
  CHECK(law->fixed_width() == 784);
  const Matrix<double> x = draw_inputs(*law, "k", 5, 784);
  for (Index row = 0; row < 5; ++row)
    for (Index t = 0; t < 784; ++t) CHECK(x(row, t) == pixels[static_cast<std::size_t>(row * 784 + t)] / 255.0);
  CHECK_THROWS_AS(make_inputs("fashion")->open("k", 1, 784), DataError);  // train is not there
  CHECK_THROWS_AS(make_inputs("digits", {{"split", std::string("train")}}), std::invalid_argument);
}

}  // namespace tables_test
