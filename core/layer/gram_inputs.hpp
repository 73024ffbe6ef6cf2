// What path following needs of (X, Xq) where the samples are many: inner products of features, summed over batches of
// samples that need not be there at the same time.
//
//   symbol  shape   meaning
//   B               features of a block
//   H       N x N   Xq^T Xq
//   E       N x N   Xq^T (X - Xq); 0 where X == Xq
//   D       N x N   (X - Xq)^T (X - Xq); 0 where X == Xq
//
// The argument of feature t is v_t + (sum_{k<t} H_tk (v_k - d_k) + sum_{k<=t} E_tk v_k) / H_tt: the small differences
// v - d and X - Xq are multiplied, not cancelled, and only lower triangles are wanted. Other orders of the features want
// the upper triangle of E as well, and errors want D. Each entry is one chain of fused multiply-adds in the order of the samples, however they are cut into batches.
#pragma once

#include <cmath>
#include <functional>
#include <mutex>
#include <span>
#include <vector>

#include "core/kernels/solve_kernels.hpp"
#include "core/linalg/packed_columns.hpp"
#include "core/parallel/aligned_buffer.hpp"
#include "core/parallel/team.hpp"

namespace pathquant {

/// The lower triangle of an N x N matrix, in the layout of a packed matrix for each block of its rows: row r of block b
/// is column r of (B b + B) x B numbers, zeros above the diagonal; the blocks on the diagonal besides by themselves.
template <class S>
class TriangleRows {
 public:
  TriangleRows() = default;
  explicit TriangleRows(Index features);
  /// entry(t, k) of features t and k <= t.
  TriangleRows(Index features, const std::function<S(Index t, Index k)>& entry);

  /// Entry (k, r), k < B b + B, is that of feature B b + r with feature k.
  const S* rows(Index b) const { return rows_.data() + start(b); }
  S* rows(Index b) { return rows_.data() + start(b); }
  /// Of features t and k <= t.
  S operator()(Index t, Index k) const { return rows(t / block_features)[k * block_features + t % block_features]; }
  /// Block b of the diagonal, rows gram_stride apart.
  const S* within(Index b) const { return grams_.data() + b * block_features * kernels::gram_stride; }
  S* within(Index b) { return grams_.data() + b * block_features * kernels::gram_stride; }

 private:
  static Index start(Index b) { return block_features * block_features * (b * (b + 1) / 2); }

  AlignedBuffer<S> rows_;
  AlignedBuffer<S> grams_;
};

/// A batch of samples: columns of Xq (and X, or nullptr where X == Xq), each `stride` numbers behind the one before.
template <class T>
struct SampleBatch {
  Index samples = 0;
  const T* quantized = nullptr;
  const T* plain = nullptr;
  Index stride = 0;
};

/// What is summed where X != Xq.
enum class Triangles {
  of_path,  ///< the lower triangles of H and E
  all,      ///< besides the upper triangle of E, and D
};

/// In the precision of S, of samples that are held in that of T.
template <class S, class T = S>
class GramInputs {
 public:
  /// For N = `features`; `mismatch`: X != Xq. No samples yet.
  GramInputs(Index features, bool mismatch, Triangles triangles = Triangles::of_path);
  /// The same with the features in another order; `other` must be finished and, where X != Xq, have all triangles. This
  /// one is finished.
  GramInputs(const GramInputs& other, std::span<const Index> order);

  /// Adds a batch, on so many threads.
  void add(const SampleBatch<T>& batch, int threads);

  /// The same in parts, for work that goes on in one parallel region: one thread begins a batch, then every member of
  /// the team calls share(), and the batch may go when they have returned.
  void begin(const SampleBatch<T>& batch);
  void share();
  /// After the last batch, by every thread that reads what is below.
  void finish();

  Index features() const { return features_; }
  Index samples() const { return samples_; }
  Index blocks() const { return block_count(features_); }
  bool mismatch() const { return mismatch_; }
  const TriangleRows<S>& gram() const { return gram_; }              ///< H
  const TriangleRows<S>& difference() const { return difference_; }  ///< E; where X != Xq only
  const TriangleRows<S>& drift() const { return drift_; }            ///< D; where X != Xq, with all triangles only
  /// E_tk for any t and k; where X != Xq, with all triangles only.
  S difference_product(Index t, Index k) const { return k <= t ? difference_(t, k) : transposed_(k, t); }
  /// ||X_t||; where X != Xq in double precision only, otherwise 0.
  S plain_norm(Index t) const { return std::sqrt(plain_squares_[static_cast<std::size_t>(t)]); }
  S squared_norm(Index t) const {
    return gram_.within(t / block_features)[(t % block_features) * (kernels::gram_stride + 1)];
  }

 private:
  static std::size_t tile_size();
  /// Tiles that reach into the rows of block b of the lower triangle.
  Index tiles_of(Index b) const;
  void pack(Index part, Index start, Index rows);
  void multiply(Index b, Index panel, Index rows);
  void unfold(Index b, const AlignedBuffer<S>& tiles, TriangleRows<S>& triangle) const;

  Index features_;
  bool mismatch_;
  bool all_;  // triangles
  Index samples_ = 0;
  SampleBatch<T> batch_;
  Index first_panel_ = 0, panels_ = 0;               // of the batch; before and with it
  std::vector<Index> first_tile_;                    // of every block
  AlignedBuffer<S> tiles_, difference_tiles_;        // H and E as they are summed: B x R each, block by block
  AlignedBuffer<S> transposed_tiles_, drift_tiles_;  // E^T and D; all triangles only
  AlignedBuffer<S> panel_, differences_;             // Xq and X - Xq of a panel of samples, in parts
  std::vector<S> plain_squares_;                     // ||X_t||^2; where X != Xq only
  SharedLoop packing_, multiplying_, unfolding_;
  std::once_flag freed_;  // what is above, when it has been unfolded
  TriangleRows<S> gram_, difference_, transposed_, drift_;
};

extern template class TriangleRows<float>;
extern template class TriangleRows<double>;
extern template class GramInputs<float>;
extern template class GramInputs<double>;
extern template class GramInputs<double, float>;

}  // namespace pathquant
