// One layer to be quantized: find Q with XqQ close to XW. Shapes and layouts: core/types.hpp.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/layer/input_pair.hpp"
#include "core/types.hpp"

namespace pathquant {

/// X, Xq and W of one layer, immutable. Xq is X where the layer is the first one (X == Xq).
template <class S>
class LayerProblem {
 public:
  /// Throws std::invalid_argument when shapes disagree, N or P is 0, an entry is not finite, or X and Xq are not what
  /// InputPair admits.
  LayerProblem(std::shared_ptr<const InputPair<S>> pair, RowMatrix<S> weights);
  LayerProblem(Matrix<S> inputs, std::optional<Matrix<S>> quantized_inputs, RowMatrix<S> weights);
  /// Weights only (m = 0), for memoryless quantizers.
  explicit LayerProblem(const RowMatrix<S>& weights);

  LayerShape shape() const { return {pair_->samples(), weights_.rows(), weights_.cols()}; }
  const InputPair<S>& pair() const { return *pair_; }
  bool has_mismatch() const { return pair_->has_mismatch(); }
  const Matrix<S>& inputs() const { return pair_->inputs(); }
  const Matrix<S>& quantized_inputs() const { return pair_->quantized_inputs(); }
  const RowMatrix<S>& weights() const { return weights_; }
  const std::vector<S>& squared_norms() const { return pair_->squared_norms(); }

 private:
  std::shared_ptr<const InputPair<S>> pair_;
  RowMatrix<S> weights_;
};

extern template class LayerProblem<float>;
extern template class LayerProblem<double>;

}  // namespace pathquant
