#include "core/data/npy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "core/data/data_error.hpp"
#include "core/data/npy_header.hpp"

namespace pathquant {

static_assert(std::endian::native == std::endian::little, "numbers are copied between files and memory as they are");

namespace {

NpyType type_of(const NpyHeader& header, const std::filesystem::path& file) {
  if (header.descr == "<f4") return NpyType::float32;
  if (header.descr == "<f8") return NpyType::float64;
  throw DataError(file, fmt::format("holds {} where little-endian float32 or float64 is needed; save it by "
                                    "numpy.save(..., array.astype('<f4'))",
                                    npy_type_name(header.descr)));
}

/// The header's shape, once it is two-dimensional, not empty, and exactly what the file has bytes for.
std::pair<Index, Index> validated_shape(const NpyHeader& header, std::size_t file_size, std::size_t number_size,
                                        const std::filesystem::path& file) {
  const std::string shape = fmt::format("({}{})", fmt::join(header.shape, ", "), header.shape.size() == 1 ? "," : "");
  if (header.shape.size() != 2)
    throw DataError(file,
                    fmt::format("has {} dimensions, shape {}, where a matrix is needed; {}", header.shape.size(), shape,
                                header.shape.size() == 1 ? "one row is array[None, :], one column array[:, None]"
                                                         : "flatten it by array.reshape(len(array), -1)"));
  const std::uint64_t rows = header.shape[0];
  const std::uint64_t columns = header.shape[1];
  if (rows == 0 || columns == 0) throw DataError(file, fmt::format("is empty: its shape is {}", shape));
  const std::uint64_t present = file_size - header.offset;
  const std::uint64_t numbers = present / number_size;
  // By division, since the product of a hostile header's dimensions may overflow.
  const bool too_short = rows > numbers || columns > numbers / rows;
  if (too_short || rows * columns * number_size != present)
    throw DataError(file, fmt::format("{}: its header promises shape {} of {} bytes each, and {} bytes follow; copy or "
                                      "save it again",
                                      too_short ? "is truncated" : "has bytes too many", shape, number_size, present));
  return {static_cast<Index>(rows), static_cast<Index>(columns)};
}

template <class S>
void copy_numbers(const std::uint8_t* from, Index count, double* to) {
  for (Index i = 0; i < count; ++i) {
    S number;  // by memcpy, since a header of odd length leaves the numbers unaligned
    std::memcpy(&number, from + static_cast<std::size_t>(i) * sizeof(S), sizeof(S));
    to[i] = static_cast<double>(number);
  }
}

void refuse_non_finite(const RowMatrix<double>& values, const std::filesystem::path& file) {
  for (Index row = 0; row < values.rows(); ++row)
    for (Index column = 0; column < values.cols(); ++column)
      if (!std::isfinite(values(row, column)))
        throw DataError(file, fmt::format("holds {} at row {}, column {} (counted from 0); all numbers must be finite",
                                          std::isnan(values(row, column)) ? "NaN" : "an infinity", row, column));
}

}  // namespace

NpyArray<RowMatrix<double>> parse_npy_matrix(std::span<const std::uint8_t> bytes, const std::filesystem::path& file) {
  const NpyHeader header = parse_npy_header(bytes, file);
  NpyArray<RowMatrix<double>> array;
  array.type = type_of(header, file);
  const bool single = array.type == NpyType::float32;
  const auto shape = validated_shape(header, bytes.size(), single ? sizeof(float) : sizeof(double), file);
  const Index rows = shape.first;  // names of their own: clang 14 does not capture structured bindings
  const Index columns = shape.second;
  const auto copy = [&](double* to) {
    const std::uint8_t* from = bytes.data() + header.offset;
    single ? copy_numbers<float>(from, rows * columns, to) : copy_numbers<double>(from, rows * columns, to);
  };
  if (header.fortran_order) {
    Matrix<double> by_columns(rows, columns);
    copy(by_columns.data());
    array.values = by_columns;
  } else {
    array.values.resize(rows, columns);
    copy(array.values.data());
  }
  refuse_non_finite(array.values, file);
  return array;
}

NpyArray<RowMatrix<double>> read_npy_matrix(const std::filesystem::path& file) {
  return parse_npy_matrix(read_bytes(file), file);
}

NpyArray<RowMatrix<double>> read_npy_weights(const std::filesystem::path& file) {
  const NpyArray<RowMatrix<double>> array = read_npy_matrix(file);
  return {array.type, array.values.transpose()};
}

NpyArray<Matrix<double>> read_npy_inputs(const std::filesystem::path& file) {
  const NpyArray<RowMatrix<double>> array = read_npy_matrix(file);
  return {array.type, array.values};
}

template <class S>
Bytes format_npy_matrix(const RowMatrix<S>& matrix) {
  static_assert(std::is_same_v<S, float> || std::is_same_v<S, double>);
  std::string header = fmt::format("{{'descr': '<f{}', 'fortran_order': False, 'shape': ({}, {}), }}", sizeof(S),
                                   matrix.rows(), matrix.cols());
  // NumPy's own writer aligns the numbers to 64 bytes, so that a file can be mapped and used in place.
  constexpr std::size_t prefix = 10;
  constexpr std::size_t alignment = 64;
  header.append((alignment - (prefix + header.size() + 1) % alignment) % alignment, ' ');
  header += '\n';

  Bytes bytes = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  bytes.push_back(static_cast<std::uint8_t>(header.size() & 0xff));
  bytes.push_back(static_cast<std::uint8_t>(header.size() >> 8));
  bytes.insert(bytes.end(), header.begin(), header.end());
  const auto* numbers = reinterpret_cast<const std::uint8_t*>(matrix.data());
  bytes.insert(bytes.end(), numbers, numbers + static_cast<std::size_t>(matrix.size()) * sizeof(S));
  return bytes;
}

template <class S>
void write_npy_matrix(const std::filesystem::path& file, const RowMatrix<S>& matrix) {
  write_bytes(file, format_npy_matrix(matrix));
}

template <class S>
void write_npy_weights(const std::filesystem::path& file, const RowMatrix<S>& weights) {
  write_npy_matrix<S>(file, weights.transpose());
}

template void write_npy_matrix(const std::filesystem::path&, const RowMatrix<float>&);
template void write_npy_matrix(const std::filesystem::path&, const RowMatrix<double>&);
template void write_npy_weights(const std::filesystem::path&, const RowMatrix<float>&);
template void write_npy_weights(const std::filesystem::path&, const RowMatrix<double>&);
template Bytes format_npy_matrix(const RowMatrix<float>&);
template Bytes format_npy_matrix(const RowMatrix<double>&);

}  // namespace pathquant
