// The result of quantizing one layer: Q, and what the quantizer found on the way.
#pragma once

#include <cstdint>
#include <optional>

#include "core/alphabet/alphabet.hpp"
#include "core/layer/elimination_facts.hpp"
#include "core/sign_planes/scaled_planes.hpp"
#include "core/types.hpp"

namespace pathquant {

/// What a quantizer returns for one layer.
template <class S>
struct QuantizedLayer {
  RowMatrix<S> weights;      ///< Q, N x P
  std::int64_t clipped = 0;  ///< decisions beyond the last threshold, before clipping
  /// Uhat = XW - Xq W~ (m x P), what a data alignment left over; empty when there was none (then it is 0).
  RowMatrix<S> alignment_residual = {};
  /// ||uhat_j||^2 of an alignment where X and Xq are not held, so that Uhat is not formed; otherwise empty.
  Vector alignment_energies = {};
  const char* variant = "";  ///< the form of the algorithm that the layer's shape asked for, where there are several
  /// max_t |w~_tj| of the aligned weights W~, for every neuron; empty when there was no alignment (then W~ = W).
  Vector largest_aligned_weights = {};
  std::optional<ScaledPlanes<S>> planes = {};        ///< the levels, where the quantizer has found them itself
  std::optional<Alphabet> alphabet = {};             ///< the same where they are an alphabet
  std::optional<EliminationFacts> elimination = {};  ///< of error feedback
  EliminationFactor factor = {};                     ///< of error feedback; otherwise without a matrix
};

}  // namespace pathquant
