// What blocked path following needs of (X, Xq), apart from the weights: made once, block by block, and used for every
// neuron, alphabet and decision rule.
//
//   symbol  shape    meaning
//   B                features of a block
//   H, G    B x B    of each block: lower triangles of Xq^T Xq and Xq^T X, rows gram_stride apart
#pragma once

#include <span>
#include <vector>

#include "core/kernels/solve_kernels.hpp"
#include "core/layer/input_pair.hpp"
#include "core/linalg/packed_columns.hpp"
#include "core/parallel/team.hpp"

namespace pathquant {

template <class S>
class StripInputs {
 public:
  /// `order` lists the features as they are visited, each once; empty: 1..N. Nothing is computed yet, and the pair must
  /// outlive this object.
  StripInputs(const InputPair<S>& pair, PathKind kind, std::span<const Index> order);

  /// Returns when what is below can be read of the first `wanted` blocks, and has packed of those before `limit` what
  /// nobody else does: blocks are packed shortly before they are wanted, and are in the cache then.
  void prepare(Index wanted, Index limit);

  PathKind kind() const { return kind_; }
  Index samples() const { return quantized_.samples(); }
  Index features() const { return quantized_.features(); }
  Index blocks() const { return quantized_.blocks(); }
  /// The feature of a visit.
  Index feature(Index visit) const { return order_.empty() ? visit : order_[static_cast<std::size_t>(visit)]; }

  const PackedInputs<S>& quantized() const { return quantized_; }          ///< Xq
  const PackedInputs<S>& plain() const { return plain_; }                  ///< X; pair only
  const S* gram(Index b) const { return grams_.data() + b * gram_size; }   ///< H of block b
  const S* mixed(Index b) const { return mixed_.data() + b * gram_size; }  ///< G of block b; pair only
  S squared_norm(Index visit) const { return squared_norms_[static_cast<std::size_t>(visit)]; }  ///< ||Xq_t||^2
  /// ||X_t||; pair in double precision only, otherwise 0.
  S plain_norm(Index visit) const { return plain_norms_[static_cast<std::size_t>(visit)]; }

 private:
  void fill(Index b);

  static constexpr Index gram_size = block_features * kernels::gram_stride;

  const InputPair<S>& pair_;
  PathKind kind_;
  std::vector<Index> order_;
  PackedInputs<S> quantized_;
  PackedInputs<S> plain_;
  std::vector<S> grams_;
  std::vector<S> mixed_;
  std::vector<S> squared_norms_;
  std::vector<S> plain_norms_;
  SharedParts packing_;  // of the blocks
};

extern template class StripInputs<float>;
extern template class StripInputs<double>;

}  // namespace pathquant
