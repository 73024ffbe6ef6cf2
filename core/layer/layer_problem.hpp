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
  /// InputPair admits. The calibration may be of any kind (core/layer/calibration.hpp).
  LayerProblem(std::shared_ptr<const Calibration<S>> calibration, RowMatrix<S> weights);
  LayerProblem(Matrix<S> inputs, std::optional<Matrix<S>> quantized_inputs, RowMatrix<S> weights);
  /// Weights only (m = 0), for memoryless quantizers.
  explicit LayerProblem(const RowMatrix<S>& weights);

  LayerShape shape() const { return {calibration_->samples(), weights_.rows(), weights_.cols()}; }
  const Calibration<S>& calibration() const { return *calibration_; }
  bool has_mismatch() const { return calibration_->has_mismatch(); }
  const RowMatrix<S>& weights() const { return weights_; }
  const std::vector<S>& squared_norms() const { return calibration_->squared_norms(); }
  /// The inner products, where X and Xq are not held; otherwise null.
  const GramCalibration<S>* gram_side() const { return calibration_->gram_side(); }
  bool holds_inputs() const { return calibration_->held() != nullptr; }
  /// These throw std::logic_error where X and Xq are not held.
  const InputPair<S>& pair() const;
  const Matrix<S>& inputs() const { return pair().inputs(); }
  const Matrix<S>& quantized_inputs() const { return pair().quantized_inputs(); }

 private:
  std::shared_ptr<const Calibration<S>> calibration_;
  RowMatrix<S> weights_;
};

extern template class LayerProblem<float>;
extern template class LayerProblem<double>;

}  // namespace pathquant
