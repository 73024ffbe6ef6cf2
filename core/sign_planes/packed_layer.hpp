// Packed layer: weights (or inputs) stored as sign bits with scales, and matrix products on these bits.
//
//   symbol  shape   meaning
//   Q       N x P   q_tj = sum_p v_p b_p, scales v of the block of (t, j) (core/sign_planes/scaled_planes.hpp)
//   B_p     P x N   the signs of plane p; one row a neuron
//   X       m x N   inputs; packed, they are a layer of N features and m neurons, one a sample: X^T = sum_r u_r a_r
//   Y       m x P   XQ
//
//   real inputs    y_ij = sum over blocks and planes of v_p sum_{t in block} b_p x_it
//                  (core/sign_planes/signed_sums.hpp)
//   packed inputs  y_ij = sum over blocks and pairs of planes of u_r v_p <a_r, b_p>; the product of signs is exact
//                  (core/sign_planes/sign_product.hpp)
//
// The storage is N P k bits, each neuron's rounded up to whole words of 64, and the scales.
#pragma once

#include <vector>

#include "core/sign_planes/scaled_planes.hpp"
#include "core/sign_planes/sign_matrix.hpp"

namespace pathquant {

template <class S>
struct PackedLayer {
  std::vector<SignMatrix> planes;  ///< B_1 .. B_k
  ScaledPlanes<S> scaled;          ///< blocks and scales

  Index width() const { return scaled.blocks.width; }
  Index neurons() const { return scaled.blocks.neurons; }
  /// Bytes of the signs and of the different scales, without file or heap overhead.
  std::size_t bytes() const;
  double bits_of_a_weight() const;
};

/// Packs Q with the scales that its quantizer gives. Throws std::invalid_argument where an entry is not a level of its
/// block.
template <class S>
PackedLayer<S> pack(const RowMatrix<S>& q, const ScaledPlanes<S>& scaled);

/// Recovers Q bit for bit.
template <class S>
RowMatrix<S> unpack(const PackedLayer<S>& layer);

/// Y for real inputs. Throws std::invalid_argument unless X has as many columns as Q rows.
template <class S>
RowMatrix<S> multiply(const Matrix<S>& x, const PackedLayer<S>& q);

/// Y for packed inputs, a layer with one neuron for each sample. Throws std::invalid_argument unless both have the same
/// width.
template <class S>
RowMatrix<S> multiply(const PackedLayer<S>& x, const PackedLayer<S>& q);

}  // namespace pathquant
