// Matrices in NumPy's NPY files, which follow the PyTorch convention and so hold W and Q the other way round than the
// library.
//
//   symbol   in a file                in memory (core/types.hpp)
//   W, Q     (outputs, inputs)        RowMatrix, N x P: the transpose
//   X        (samples, inputs)        Matrix, m x N: the same, column-major
//
// Read: float32 and float64, little-endian, C or Fortran order, versions 1 to 3, gzip too. Written: C order, version 1.
#pragma once

#include <filesystem>
#include <span>

#include "core/data/bytes.hpp"
#include "core/types.hpp"

namespace pathquant {

/// The type of a file's numbers; the arithmetic on them has the weights' type unless the user says otherwise.
enum class NpyType { float32, float64 };

/// A file's numbers as doubles (exact for either type) with the type they had.
template <class M>
struct NpyArray {
  NpyType type = NpyType::float64;
  M values = {};
};

/// The matrix as the file has it. Throws DataError, naming what is wrong, when the file is missing, no NPY file,
/// truncated, longer than its header says, not of float32 or float64, not two-dimensional, empty, or holds a NaN or an
/// infinity.
NpyArray<RowMatrix<double>> read_npy_matrix(const std::filesystem::path& file);
/// W or Q (N x P) from a file of (outputs, inputs); errors as read_npy_matrix.
NpyArray<RowMatrix<double>> read_npy_weights(const std::filesystem::path& file);
/// X or Xq (m x N) from a file of (samples, inputs); errors as read_npy_matrix.
NpyArray<Matrix<double>> read_npy_inputs(const std::filesystem::path& file);
/// read_npy_matrix from bytes in memory; `file` is for the message only.
NpyArray<RowMatrix<double>> parse_npy_matrix(std::span<const std::uint8_t> bytes, const std::filesystem::path& file);

/// Writes the matrix as it is, in its own type. Throws DataError when the file cannot be written.
template <class S>
void write_npy_matrix(const std::filesystem::path& file, const RowMatrix<S>& matrix);
/// Writes W or Q (N x P) as (outputs, inputs). Throws DataError when the file cannot be written.
template <class S>
void write_npy_weights(const std::filesystem::path& file, const RowMatrix<S>& weights);
/// What write_npy_matrix writes.
template <class S>
Bytes format_npy_matrix(const RowMatrix<S>& matrix);

extern template void write_npy_matrix(const std::filesystem::path&, const RowMatrix<float>&);
extern template void write_npy_matrix(const std::filesystem::path&, const RowMatrix<double>&);
extern template void write_npy_weights(const std::filesystem::path&, const RowMatrix<float>&);
extern template void write_npy_weights(const std::filesystem::path&, const RowMatrix<double>&);
extern template Bytes format_npy_matrix(const RowMatrix<float>&);
extern template Bytes format_npy_matrix(const RowMatrix<double>&);

}  // namespace pathquant
