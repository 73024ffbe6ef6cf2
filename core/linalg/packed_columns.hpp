// Packed columns: the matrix layout that the blocked kernels read (core/kernels/blocked_kernels.hpp).
//
//   symbol  shape   meaning
//   A       m x N   X or Xq
//   B               features of a block
//
// Block b holds features B b .. B b + B - 1 of the processing order, sample by sample. A last block that N does not
// fill is padded with zeros. Both products of path following use this layout: the update with a block and the
// projection on it.
#pragma once

#include <algorithm>
#include <span>

#include "core/kernels/blocked_kernels.hpp"
#include "core/parallel/aligned_buffer.hpp"
#include "core/types.hpp"

namespace pathquant {

inline constexpr Index block_features = kernels::block_features;

inline Index block_count(Index features) {
  return (features + block_features - 1) / block_features;
}

/// Writes columns sample by sample: out is samples x width, width a multiple of 4, padded with zeros.
template <class S>
void pack_columns(Index samples, Index width, std::span<const S* const> columns, S* out);

template <class S>
class PackedInputs {
 public:
  PackedInputs() = default;
  /// Allocates blocks of `samples` x B. Fill each of them by pack().
  PackedInputs(Index samples, Index features);

  Index samples() const { return samples_; }
  Index features() const { return features_; }
  Index blocks() const { return block_count(features_); }
  /// Numbers from one block to the next.
  Index stride() const { return samples_ * block_features; }
  const S* block(Index b) const { return data_.data() + b * stride(); }

  /// Fills block b from columns of a column-major matrix. `order` lists the features in processing order (empty: 1..N).
  void pack(Index b, const S* matrix, std::span<const Index> order);
  /// Fills block b from its own columns, `stride` numbers apart.
  void pack_block(Index b, const S* columns, Index stride);
  /// Fills one sample of block b from its features, stored one after another.
  void pack_sample(Index b, Index sample, const S* features);

 private:
  template <class Column>
  void write(Index b, Column&& column);

  Index samples_ = 0;
  Index features_ = 0;
  AlignedBuffer<S> data_;
};

/// Packs all blocks of a matrix, with the features in column order.
template <class S>
PackedInputs<S> pack_inputs(const Matrix<S>& matrix);

/// Packs all blocks of the transpose: the rows of the matrix are the features.
template <class S>
PackedInputs<S> pack_transposed(const Matrix<S>& matrix);

extern template class PackedInputs<float>;
extern template class PackedInputs<double>;

}  // namespace pathquant
