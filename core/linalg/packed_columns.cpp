#include "core/linalg/packed_columns.hpp"

#include <array>
#include <cstring>

namespace pathquant {
namespace {

// Size of one piece of output: it stays in the first-level cache while a few columns at a time are written to it.
constexpr Index bytes_at_once = Index{24} << 10;
// Columns to prefetch: too little of each column is read at once for the hardware prefetcher. Columns that lie a power
// of two apart share cache sets, so more of them would evict each other.
constexpr Index columns_ahead = 4;

// Transposes `lanes` samples of as many columns to rows of `out`, `width` apart.
template <class S>
struct Transposition;

template <>
struct Transposition<float> {
  static constexpr Index lanes = 4;
  using Four = float __attribute__((vector_size(16)));

  static void apply(const std::array<const float*, lanes>& columns, Index width, Index i, float* out) {
    std::array<Four, lanes> c;
    for (std::size_t k = 0; k < lanes; ++k) std::memcpy(&c[k], columns[k] + i, sizeof c[k]);
    const Four low_ab = __builtin_shufflevector(c[0], c[1], 0, 4, 1, 5);
    const Four low_cd = __builtin_shufflevector(c[2], c[3], 0, 4, 1, 5);
    const Four high_ab = __builtin_shufflevector(c[0], c[1], 2, 6, 3, 7);
    const Four high_cd = __builtin_shufflevector(c[2], c[3], 2, 6, 3, 7);
    c = {__builtin_shufflevector(low_ab, low_cd, 0, 1, 4, 5), __builtin_shufflevector(low_ab, low_cd, 2, 3, 6, 7),
         __builtin_shufflevector(high_ab, high_cd, 0, 1, 4, 5), __builtin_shufflevector(high_ab, high_cd, 2, 3, 6, 7)};
    for (std::size_t k = 0; k < lanes; ++k) std::memcpy(out + static_cast<Index>(k) * width, &c[k], sizeof c[k]);
  }
};

template <>
struct Transposition<double> {
  static constexpr Index lanes = 2;
  using Two = double __attribute__((vector_size(16)));

  static void apply(const std::array<const double*, lanes>& columns, Index width, Index i, double* out) {
    std::array<Two, lanes> c;
    for (std::size_t k = 0; k < lanes; ++k) std::memcpy(&c[k], columns[k] + i, sizeof c[k]);
    c = {__builtin_shufflevector(c[0], c[1], 0, 2), __builtin_shufflevector(c[0], c[1], 1, 3)};
    for (std::size_t k = 0; k < lanes; ++k) std::memcpy(out + static_cast<Index>(k) * width, &c[k], sizeof c[k]);
  }
};

}  // namespace

template <class S>
PackedInputs<S>::PackedInputs(Index samples, Index features)
    : samples_(samples),
      features_(features),
      data_(static_cast<std::size_t>(block_count(features) * samples * block_features)) {}

template <class S>
void pack_columns(Index samples, Index width, std::span<const S* const> columns, S* out) {
  constexpr Index lanes = Transposition<S>::lanes;
  const Index live = std::ssize(columns);
  const Index rows_at_once = std::max(Index{16}, bytes_at_once / (width * static_cast<Index>(sizeof(S))) / 16 * 16);
  const auto column = [&](Index k) { return columns[static_cast<std::size_t>(k)]; };
  for (Index start = 0; start < samples; start += rows_at_once) {
    const Index end = std::min(start + rows_at_once, samples);
    for (Index k = 0; k < width; k += lanes) {
      for (Index l = k + columns_ahead; l < std::min(k + columns_ahead + lanes, live); ++l)
        for (Index line = start; line < end; line += 64 / static_cast<Index>(sizeof(S)))
          __builtin_prefetch(column(l) + line);
      Index i = start;
      if (k + lanes <= live) {
        std::array<const S*, static_cast<std::size_t>(lanes)> next;
        for (Index l = 0; l < lanes; ++l) next[static_cast<std::size_t>(l)] = column(k + l);
        for (; i + lanes <= end; i += lanes) Transposition<S>::apply(next, width, i, out + i * width + k);
      }
      for (Index l = k; l < k + lanes; ++l)
        for (Index rest = i; rest < end; ++rest) out[rest * width + l] = l < live ? column(l)[rest] : S(0);
    }
  }
}

template <class S>
void PackedInputs<S>::pack(Index b, const S* matrix, std::span<const Index> order) {
  const Index first = b * block_features;
  write(b, [&](Index k) {
    return matrix + (order.empty() ? first + k : order[static_cast<std::size_t>(first + k)]) * samples_;
  });
}

template <class S>
void PackedInputs<S>::pack_block(Index b, const S* columns, Index stride) {
  write(b, [&](Index k) { return columns + k * stride; });
}

template <class S>
void PackedInputs<S>::pack_sample(Index b, Index sample, const S* features) {
  const Index live = std::min(block_features, features_ - b * block_features);
  S* const out = data_.data() + b * stride() + sample * block_features;
  std::copy_n(features, live, out);
  std::fill(out + live, out + block_features, S(0));
}

template <class S>
template <class Column>
void PackedInputs<S>::write(Index b, Column&& column) {
  std::array<const S*, static_cast<std::size_t>(block_features)> columns;
  const Index live = std::min(block_features, features_ - b * block_features);
  for (Index k = 0; k < live; ++k) columns[static_cast<std::size_t>(k)] = column(k);
  pack_columns<S>(samples_, block_features, std::span(columns).first(static_cast<std::size_t>(live)),
                  data_.data() + b * stride());
}

template <class S>
PackedInputs<S> pack_inputs(const Matrix<S>& matrix) {
  PackedInputs<S> packed(matrix.rows(), matrix.cols());
  for (Index b = 0; b < packed.blocks(); ++b) packed.pack(b, matrix.data(), {});
  return packed;
}

template <class S>
PackedInputs<S> pack_transposed(const Matrix<S>& matrix) {
  PackedInputs<S> packed(matrix.cols(), matrix.rows());
  for (Index b = 0; b < packed.blocks(); ++b)
    for (Index i = 0; i < packed.samples(); ++i) packed.pack_sample(b, i, matrix.col(i).data() + b * block_features);
  return packed;
}

template PackedInputs<float> pack_transposed(const Matrix<float>&);
template PackedInputs<double> pack_transposed(const Matrix<double>&);
template PackedInputs<float> pack_inputs(const Matrix<float>&);
template PackedInputs<double> pack_inputs(const Matrix<double>&);
template void pack_columns(Index, Index, std::span<const float* const>, float*);
template void pack_columns(Index, Index, std::span<const double* const>, double*);
template class PackedInputs<float>;
template class PackedInputs<double>;

}  // namespace pathquant
