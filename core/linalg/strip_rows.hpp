// Strip rows: a matrix of one row a feature in the layout that the blocked kernels read
// (core/kernels/blocked_kernels.hpp). The neurons of a group are stored strip by strip, padded with zeros.
#pragma once

#include <algorithm>

#include "core/linalg/neuron_groups.hpp"
#include "core/linalg/packed_columns.hpp"
#include "core/parallel/aligned_buffer.hpp"

namespace pathquant {

template <class S>
class StripRows {
 public:
  /// Allocates rows for `features` features. Rows are written one by one; padding rows behind the last are zeros.
  StripRows(const NeuronGroup<S>& group, Index features)
      : group_(group),
        strip_size_(block_count(features) * block_features * group.strip_width()),
        rows_(static_cast<std::size_t>(group.strips * strip_size_)) {
    for (Index s = 0; s < group.strips; ++s) std::fill(row(s, features), row(s + 1, 0), S(0));
  }

  /// Writes row t from the neurons of the group, one after another.
  void write(Index t, const S* neurons) {
    const Index width = group_.strip_width();
    for (Index s = 0; s < group_.strips; ++s) {
      const Index live = group_.live(s);
      std::copy_n(neurons + s * width, live, row(s, t));
      std::fill(row(s, t) + live, row(s, t) + width, S(0));
    }
  }

  /// Pointer to row t of one strip; the rows of a strip are contiguous.
  const S* strip(Index s, Index t) const { return rows_.data() + s * strip_size_ + t * group_.strip_width(); }

 private:
  S* row(Index s, Index t) { return rows_.data() + s * strip_size_ + t * group_.strip_width(); }

  NeuronGroup<S> group_;
  Index strip_size_;
  AlignedBuffer<S> rows_;
};

}  // namespace pathquant
