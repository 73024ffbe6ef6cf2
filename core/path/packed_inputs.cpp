#include "core/path/packed_inputs.hpp"

#include <array>
#include <cstring>

namespace pathquant {
namespace {

constexpr Index tail = 4;           // what the kernels may read behind the last number
constexpr Index rows_at_once = 16;  // at least a cache line of every column: they stay in the first-level cache

// `lanes` samples of as many neighbouring columns become rows of `out`, block_features apart.
template <class S>
struct Transposition;

template <>
struct Transposition<float> {
  static constexpr Index lanes = 4;
  using Four = float __attribute__((vector_size(16)));

  static void apply(const std::array<const float*, lanes>& columns, Index i, float* out) {
    std::array<Four, lanes> c;
    for (std::size_t k = 0; k < lanes; ++k) std::memcpy(&c[k], columns[k] + i, sizeof c[k]);
    const Four low_ab = __builtin_shufflevector(c[0], c[1], 0, 4, 1, 5);
    const Four low_cd = __builtin_shufflevector(c[2], c[3], 0, 4, 1, 5);
    const Four high_ab = __builtin_shufflevector(c[0], c[1], 2, 6, 3, 7);
    const Four high_cd = __builtin_shufflevector(c[2], c[3], 2, 6, 3, 7);
    c = {__builtin_shufflevector(low_ab, low_cd, 0, 1, 4, 5), __builtin_shufflevector(low_ab, low_cd, 2, 3, 6, 7),
         __builtin_shufflevector(high_ab, high_cd, 0, 1, 4, 5), __builtin_shufflevector(high_ab, high_cd, 2, 3, 6, 7)};
    for (std::size_t k = 0; k < lanes; ++k)
      std::memcpy(out + static_cast<Index>(k) * block_features, &c[k], sizeof c[k]);
  }
};

template <>
struct Transposition<double> {
  static constexpr Index lanes = 2;
  using Two = double __attribute__((vector_size(16)));

  static void apply(const std::array<const double*, lanes>& columns, Index i, double* out) {
    std::array<Two, lanes> c;
    for (std::size_t k = 0; k < lanes; ++k) std::memcpy(&c[k], columns[k] + i, sizeof c[k]);
    c = {__builtin_shufflevector(c[0], c[1], 0, 2), __builtin_shufflevector(c[0], c[1], 1, 3)};
    for (std::size_t k = 0; k < lanes; ++k)
      std::memcpy(out + static_cast<Index>(k) * block_features, &c[k], sizeof c[k]);
  }
};

}  // namespace

template <class S>
PackedInputs<S>::PackedInputs(Index samples, Index features)
    : samples_(samples),
      features_(features),
      data_(static_cast<std::size_t>(block_count(features) * samples * block_features + tail)) {
  std::fill(data_.end() - tail, data_.end(), S(0));
}

template <class S>
void PackedInputs<S>::pack(Index b, const S* matrix, std::span<const Index> order) {
  constexpr Index lanes = Transposition<S>::lanes;
  static_assert(block_features % lanes == 0);
  const Index first = b * block_features;
  const Index live = std::min(block_features, features_ - first);
  const auto column = [&](Index k) {
    return matrix + (order.empty() ? first + k : order[static_cast<std::size_t>(first + k)]) * samples_;
  };
  S* out = data_.data() + b * stride();
  for (Index start = 0; start < samples_; start += rows_at_once) {
    const Index end = std::min(start + rows_at_once, samples_);
    for (Index k = 0; k < block_features; k += lanes) {
      Index i = start;
      if (k + lanes <= live) {
        std::array<const S*, static_cast<std::size_t>(lanes)> columns;
        for (Index l = 0; l < lanes; ++l) columns[static_cast<std::size_t>(l)] = column(k + l);
        for (; i + lanes <= end; i += lanes) Transposition<S>::apply(columns, i, out + i * block_features + k);
      }
      for (Index l = k; l < k + lanes; ++l)
        for (Index rest = i; rest < end; ++rest) out[rest * block_features + l] = l < live ? column(l)[rest] : S(0);
    }
  }
}

template class PackedInputs<float>;
template class PackedInputs<double>;

}  // namespace pathquant
