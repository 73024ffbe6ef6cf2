#include "core/problem.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <stdexcept>

namespace pathquant {
namespace {

template <class M>
void require_finite(const M& matrix, const char* name) {
  if (!matrix.allFinite()) throw std::invalid_argument(fmt::format("{} must hold finite numbers only", name));
}

// A column of zeros is dead. One that is not, but whose squared norm is below the normal numbers, would be projected on
// with few or no correct digits, and every bound on the rounding error would be void.
template <class S>
std::vector<S> squared_column_norms(const Matrix<S>& inputs) {
  std::vector<S> norms(static_cast<std::size_t>(inputs.cols()));
  for (Index t = 0; t < inputs.cols(); ++t) {
    S sum = 0;
    for (Index i = 0; i < inputs.rows(); ++i) sum = std::fma(inputs(i, t), inputs(i, t), sum);
    if (sum > std::numeric_limits<S>::max())
      throw std::invalid_argument("the squared norm of a column of X overflows: scale the inputs down");
    const bool dead = (inputs.col(t).array() == S(0)).all();
    if (!dead && sum < std::numeric_limits<S>::min())
      throw std::invalid_argument("the squared norm of a column of X underflows: scale the inputs up");
    norms[static_cast<std::size_t>(t)] = sum;
  }
  return norms;
}

}  // namespace

template <class S>
LayerProblem<S>::LayerProblem(Matrix<S> inputs, std::optional<Matrix<S>> quantized_inputs, RowMatrix<S> weights)
    : inputs_(std::move(inputs)), quantized_inputs_(std::move(quantized_inputs)), weights_(std::move(weights)) {
  if (weights_.rows() < 1 || weights_.cols() < 1)
    throw std::invalid_argument("W must have at least one input and one output");
  if (inputs_.cols() != weights_.rows())
    throw std::invalid_argument(fmt::format("X has {} columns (inputs) but W has {}", inputs_.cols(), weights_.rows()));
  require_finite(inputs_, "X");
  require_finite(weights_, "W");
  if (quantized_inputs_) {
    if (quantized_inputs_->rows() != inputs_.rows() || quantized_inputs_->cols() != inputs_.cols())
      throw std::invalid_argument(fmt::format("Xq is {} x {} but X is {} x {}", quantized_inputs_->rows(),
                                              quantized_inputs_->cols(), inputs_.rows(), inputs_.cols()));
    require_finite(*quantized_inputs_, "Xq");
  }
  squared_norms_ = squared_column_norms(this->quantized_inputs());
}

// Not by moving: the number of columns is read from `weights` in the same call.
template <class S>
LayerProblem<S>::LayerProblem(const RowMatrix<S>& weights)
    : LayerProblem(Matrix<S>(0, weights.rows()), std::nullopt, weights) {}

template class LayerProblem<float>;
template class LayerProblem<double>;

}  // namespace pathquant
