// Numbers of files in the precision of the arithmetic: a number that only float64 has is refused, not made infinite.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <type_traits>

#include "core/data/data_error.hpp"
#include "core/types.hpp"

namespace pathquant {

/// How a matrix lies in its file.
enum class FileOrder { same, transposed };

/// Throws DataError unless `value`, which is finite, is finite in single precision too. Row and column are counted
/// from 0.
inline void require_single(double value, const std::filesystem::path& file, Index row, Index column) {
  if (!std::isfinite(static_cast<float>(value)))
    throw DataError(file,
                    fmt::format("overflows float32 at row {}, column {} (counted from 0): it holds {} there; take "
                                "precision float64, or scale the numbers down",
                                row, column, value));
}

/// `values`, all finite, in precision S. `file` and `order` are for the message. Throws DataError where a number is too
/// large for S.
template <class S, class M>
auto in_precision(const M& values, const std::filesystem::path& file, FileOrder order = FileOrder::same) {
  using Result = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, M::Options>;
  if constexpr (std::is_same_v<S, float>)
    for (Index i = 0; i < values.rows(); ++i)
      for (Index j = 0; j < values.cols(); ++j)
        order == FileOrder::same ? require_single(values(i, j), file, i, j) : require_single(values(i, j), file, j, i);
  return Result(values.template cast<S>());
}

}  // namespace pathquant
