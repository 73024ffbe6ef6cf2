#include "core/data/npy.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>

#include "core/data/data_error.hpp"
#include "tests/core/data/files.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace npy_test {

constexpr const char* small_header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n";

template <class S>
Bytes numbers(const std::vector<S>& list) {
  Bytes bytes(list.size() * sizeof(S));
  std::memcpy(bytes.data(), list.data(), bytes.size());
  return bytes;
}

/// A file put together by hand from the format's description.
Bytes npy(int version, const std::string& header, const Bytes& payload) {
  Bytes bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', static_cast<std::uint8_t>(version), 0};
  for (int i = 0; i < (version == 1 ? 2 : 4); ++i)
    bytes.push_back(static_cast<std::uint8_t>(header.size() >> (8 * i) & 0xff));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  return bytes;
}

Bytes six_doubles() {
  return numbers<double>({1, 2, 3, 4, 5, 6});
}

std::string refused(const Bytes& bytes) {
  return refusal<DataError>([&] { parse_npy_matrix(bytes, "w.npy"); });
}

std::string refused(const std::string& header) {
  return refused(npy(1, header, six_doubles()));
}

RowMatrix<double> expected() {
  return (RowMatrix<double>(2, 3) << 1, 2, 3, 4, 5, 6).finished();
}

TEST_CASE_TEMPLATE("what is written is read again bit for bit", S, float, double) {
  const TemporaryFolder folder;
  const auto file = folder / "m.npy";
  RowMatrix<S> matrix(3, 5);
  for (Index i = 0; i < matrix.size(); ++i) matrix.data()[i] = S(1) / static_cast<S>(i + 3) - S(0.125);
  matrix(0, 0) = std::numeric_limits<S>::denorm_min();
  matrix(2, 4) = std::numeric_limits<S>::lowest();
  matrix(1, 1) = S(-0.0);

  write_npy_matrix(file, matrix);
  const auto read = read_npy_matrix(file);
  CHECK(read.type == (sizeof(S) == 4 ? NpyType::float32 : NpyType::float64));
  CHECK(read.values.cast<S>() == matrix);
  CHECK(std::signbit(read.values(1, 1)));

  write_bytes(file, gzip(format_npy_matrix(matrix)));
  CHECK(read_npy_matrix(file).values.cast<S>() == matrix);

  SUBCASE("weights lie in the file as (outputs, inputs)") {
    write_npy_weights(file, matrix);
    CHECK(read_npy_matrix(file).values.cast<S>() == matrix.transpose());
    CHECK(read_npy_weights(file).values.cast<S>() == matrix);
  }
  SUBCASE("inputs lie in the file as (samples, inputs)") {
    const auto inputs = read_npy_inputs(file);
    CHECK(inputs.values.cast<S>() == matrix);
    CHECK(inputs.values.data()[1] == static_cast<double>(matrix(1, 0)));  // column-major in memory
  }
}

TEST_CASE("the numbers written begin at a multiple of 64 bytes, behind a header that ends in a newline") {
  for (const Index columns : {1, 10, 12345}) {
    const Bytes bytes = format_npy_matrix(RowMatrix<float>(RowMatrix<float>::Zero(1, columns)));
    const std::size_t begin = bytes.size() - static_cast<std::size_t>(columns) * sizeof(float);
    CHECK(begin % 64 == 0);
    CHECK(bytes[begin - 1] == '\n');
    CHECK(begin == 10u + bytes[8] + 256u * bytes[9]);
  }
}

TEST_CASE("headers as NumPy and others write them are read, in versions 1 to 3") {
  for (const int version : {1, 2, 3})
    CHECK(parse_npy_matrix(npy(version, small_header, six_doubles()), "x").values == expected());
  for (const char* header : {"{'descr':'<f8','fortran_order':False,'shape':(2,3)}",
                             "{\"shape\": (2L, 3L), \"fortran_order\": False, \"descr\": \"<f8\"}   \n",
                             "  { 'fortran_order' : False , 'shape' : ( 2 , 3 , ) , 'descr' : '<f8' , }  "})
    CHECK(parse_npy_matrix(npy(1, header, six_doubles()), "x").values == expected());
}

TEST_CASE("Fortran order and float32 are read") {
  const Bytes fortran =
      npy(1, "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n", numbers<double>({1, 4, 2, 5, 3, 6}));
  CHECK(parse_npy_matrix(fortran, "x").values == expected());
  const Bytes single =
      npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }\n", numbers<float>({0.1f, -3.f}));
  const auto array = parse_npy_matrix(single, "x");
  CHECK(array.type == NpyType::float32);
  CHECK(array.values(0, 0) == static_cast<double>(0.1f));
  CHECK(array.values(0, 1) == -3.0);
}

TEST_CASE("other types are refused by name") {
  for (const auto& [descr, name] : {std::pair{"<i8", "int64"},
                                    {"<i4", "int32"},
                                    {"|u1", "uint8"},
                                    {"<f2", "float16"},
                                    {"|b1", "bool"},
                                    {"<c16", "complex128"},
                                    {"|O", "object"},
                                    {">f8", "big-endian float64"}}) {
    const std::string text =
        refused("{'descr': '" + std::string(descr) + "', 'fortran_order': False, 'shape': (2, 3)}");
    INFO(text);
    CHECK(contains(text, std::string("w.npy: holds ") + name + " ('" + descr + "')"));
    CHECK(contains(text, "astype"));
  }
  CHECK(
      contains(refused("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2, 3)}"), "w.npy: holds records"));
}

TEST_CASE("other shapes are refused") {
  const auto shaped = [](const std::string& shape) {
    return refused("{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + "}");
  };
  CHECK(contains(shaped("(6,)"), "w.npy: has 1 dimensions, shape (6,), where a matrix is needed"));
  CHECK(contains(shaped("()"), "has 0 dimensions"));
  CHECK(contains(shaped("(1, 2, 3)"), "reshape"));
  CHECK(contains(shaped("(0, 3)"), "is empty"));
  CHECK(contains(shaped("(2, 4)"), "is truncated: its header promises shape (2, 4)"));
  CHECK(contains(shaped("(2, 2)"), "has bytes too many"));
  // Products that overflow 64 bits, one of them to 6, the true count.
  CHECK(contains(shaped("(18446744073709551615, 18446744073709551610)"), "is truncated"));
  CHECK(contains(shaped("(4294967296, 4294967296)"), "is truncated"));
  CHECK(contains(shaped("(6, 2305843009213693953)"), "is truncated"));
  CHECK(contains(shaped("(99999999999999999999, 1)"), "malformed"));
  CHECK(contains(shaped("(-2, 3)"), "malformed"));
}

TEST_CASE("a broken header is refused") {
  CHECK(contains(refused(bytes_of("PK\3\4")), "w.npy: is a zip archive"));
  CHECK(contains(refused(bytes_of("1 2 3\n")), "w.npy: is not an NPY file"));
  CHECK(contains(refused(Bytes{}), "w.npy: is not an NPY file"));
  CHECK(contains(refused(npy(4, small_header, six_doubles())), "is NPY version 4.0"));
  for (const char* header :
       {"", "{", "{}", "{'descr': '<f8'}", "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)",
        "{'descr': '<f8', 'fortran_order': Maybe, 'shape': (2, 3)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), 'more': 1}",
        "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2 3)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)} rest"}) {
    INFO(header);
    CHECK(contains(refused(std::string(header)), "w.npy: its NPY header is malformed"));
  }
  const Bytes whole = npy(2, small_header, six_doubles());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    INFO("the first ", size, " bytes");
    CHECK(contains(refused(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))),
                   size < 6 ? "w.npy: is not an NPY file" : "w.npy: is truncated"));
  }
}

TEST_CASE("the first number in reading order that is not finite is named, in either order of storage") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(contains(refused(npy(1, small_header, numbers<double>({1, 2, nan, infinity, 5, 6}))),
                 "w.npy: holds NaN at row 0, column 2 (counted from 0)"));
  CHECK(contains(refused(npy(1, "{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }\n",
                             numbers<double>({1, -infinity, 3, 4, nan, 6}))),
                 "w.npy: holds NaN at row 0, column 2"));
  CHECK(contains(refused(npy(1, small_header, numbers<double>({1, 2, 3, 4, -infinity, 6}))),
                 "an infinity at row 1, column 1"));
}

TEST_CASE("damaged NPY bytes give a finite matrix or a DataError") {
  const Bytes plain = npy(1, small_header, six_doubles());
  std::mt19937 random(5);
  int read = 0;
  constexpr int rounds = 6000;
  for (int i = 0; i < rounds; ++i) {
    const Bytes bad = damaged(plain, random);
    const std::string text = refusal<DataError>([&] {
      const RowMatrix<double> values = parse_npy_matrix(bad, "fuzz").values;
      CHECK(values.allFinite());
      ++read;
    });
    if (!text.empty()) CHECK(text.starts_with("fuzz: "));
  }
  // Both ends of the test were reached.
  CHECK(read > 0);
  CHECK(read < rounds);
}

}  // namespace npy_test
