// One layer to be quantized: find Q with XqQ close to XW. Shapes and layouts: core/types.hpp.
#pragma once

#include <optional>
#include <vector>

#include "core/types.hpp"

namespace pathquant {

/// X, Xq and W of one layer, immutable. Xq is X where the layer is the first one (X == Xq).
template <class S>
class LayerProblem {
 public:
  /// Throws std::invalid_argument when shapes disagree, N or P is 0, an entry is not finite, or the squared norm of a
  /// column other than one of zeros is no normal number of S.
  LayerProblem(Matrix<S> inputs, std::optional<Matrix<S>> quantized_inputs, RowMatrix<S> weights);
  /// Weights only (m = 0), for memoryless quantizers.
  explicit LayerProblem(const RowMatrix<S>& weights);

  LayerShape shape() const { return {inputs_.rows(), weights_.rows(), weights_.cols()}; }
  /// X != Xq.
  bool has_mismatch() const { return quantized_inputs_.has_value(); }
  const Matrix<S>& inputs() const { return inputs_; }
  const Matrix<S>& quantized_inputs() const { return quantized_inputs_ ? *quantized_inputs_ : inputs_; }
  const RowMatrix<S>& weights() const { return weights_; }
  /// ||Xq_t||^2 for every feature t; 0 where the column is dead (all zeros).
  const std::vector<S>& squared_norms() const { return squared_norms_; }

 private:
  Matrix<S> inputs_;
  std::optional<Matrix<S>> quantized_inputs_;
  RowMatrix<S> weights_;
  std::vector<S> squared_norms_;
};

extern template class LayerProblem<float>;
extern template class LayerProblem<double>;

}  // namespace pathquant
