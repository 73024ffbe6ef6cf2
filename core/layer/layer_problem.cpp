#include "core/layer/layer_problem.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace pathquant {

template <class S>
LayerProblem<S>::LayerProblem(std::shared_ptr<const Calibration<S>> calibration, RowMatrix<S> weights)
    : calibration_(std::move(calibration)), weights_(std::move(weights)) {
  if (weights_.rows() < 1 || weights_.cols() < 1)
    throw std::invalid_argument("W must have at least one input and one output");
  if (calibration_->width() != weights_.rows())
    throw std::invalid_argument(
        fmt::format("X has {} columns (inputs) but W has {}", calibration_->width(), weights_.rows()));
  if (!weights_.allFinite()) throw std::invalid_argument("W must hold finite numbers only");
}

template <class S>
LayerProblem<S>::LayerProblem(Matrix<S> inputs, std::optional<Matrix<S>> quantized_inputs, RowMatrix<S> weights)
    : LayerProblem(std::make_shared<InputPair<S>>(std::move(inputs), std::move(quantized_inputs)), std::move(weights)) {
}

// Not by moving: the number of columns is read from `weights` in the same call.
template <class S>
LayerProblem<S>::LayerProblem(const RowMatrix<S>& weights)
    : LayerProblem(Matrix<S>(0, weights.rows()), std::nullopt, weights) {}

template <class S>
const InputPair<S>& LayerProblem<S>::pair() const {
  const InputPair<S>* pair = calibration_->held();
  if (pair == nullptr)
    throw std::logic_error(
        "X and Xq are not held: this layer is calibrated on inner products, so a quantizer that needs the samples must "
        "decline it");
  return *pair;
}

template class LayerProblem<float>;
template class LayerProblem<double>;

}  // namespace pathquant
