// Scaled sign planes of a layer: Q as sums of scaled signs, with scales shared by blocks of weights.
//
//   symbol  shape   meaning
//   Q       N x P   q_tj = v_1 b_1 + .. + v_k b_k, b_p in {-1, +1}, v the scales of the block of weight (t, j)
//   g       1 .. N  input features of a block; the last block of a neuron may have fewer
//
// A block is a neuron (one column of Q, one output channel), g consecutive features of a neuron, or the whole layer.
#pragma once

#include <cstdint>
#include <functional>

#include "core/sign_planes/plane_scales.hpp"

namespace pathquant {

/// Partition of the weights into blocks that share scales.
struct WeightBlocks {
  Index width = 0;
  Index neurons = 0;
  Index features = 0;        ///< g
  bool whole_layer = false;  ///< one block of all weights

  Index of_a_neuron() const { return (width + features - 1) / features; }
  Index count() const { return whole_layer ? 1 : neurons * of_a_neuron(); }
  /// The block of a weight. Blocks are numbered neuron by neuron, and within a neuron by feature.
  Index block(Index feature, Index neuron) const {
    return whole_layer ? 0 : neuron * of_a_neuron() + feature / features;
  }
};

/// Storage format of one weight and one block.
struct PlaneFormat {
  Index planes = 0;         ///< k
  std::int64_t levels = 0;  ///< values that one weight may take: 2^k, or 3 where both scales are equal
  Index scales = 0;         ///< numbers stored for a block: k, or 1 where both are equal
};

template <class S>
struct ScaledPlanes {
  WeightBlocks blocks;
  PlaneFormat format;
  Matrix<S> scales;  ///< k x blocks: v of every block

  PlaneScales<S> of(Index block) const {
    return PlaneScales<S>(scales.col(block).data(), scales.col(block).data() + scales.rows());
  }
  std::int64_t stored_scales() const { return format.scales * blocks.count(); }
};

/// Calls visit(b, x) for every block, in order, with its weights x in contiguous memory.
template <class S>
void read_blocks(const RowMatrix<S>& weights, const WeightBlocks& blocks,
                 const std::function<void(Index, std::span<const S>)>& visit);

/// Returns the matrix that results from calling visit(b, x) for every block, where `visit` replaces x in place.
template <class S>
RowMatrix<S> transform_blocks(const RowMatrix<S>& weights, const WeightBlocks& blocks,
                              const std::function<void(Index, std::span<S>)>& visit);

}  // namespace pathquant
