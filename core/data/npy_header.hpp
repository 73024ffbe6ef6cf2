// The header of NumPy's NPY format, versions 1 to 3.
//
//   bytes 0-7    \x93NUMPY, major version, minor version
//   then         the literal's length: 2 bytes little-endian in version 1, 4 in versions 2 and 3
//   then         a Python literal: {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }, blanks, a newline
//   then         the numbers
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pathquant {

/// What the literal says, taken at its word: nothing of it has been compared with the size of the file.
struct NpyHeader {
  std::string descr;  ///< NumPy's name of the type: byte order, kind, bytes
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
  std::size_t offset = 0;  ///< where the numbers begin; at most the file's size
};

/// Throws DataError when the bytes are no NPY file, truncated within the header, of an unknown version, hold records,
/// or the literal is malformed.
NpyHeader parse_npy_header(std::span<const std::uint8_t> bytes, const std::filesystem::path& file);

/// The type in words: "int64 ('<i8')".
std::string npy_type_name(std::string_view descr);

}  // namespace pathquant
