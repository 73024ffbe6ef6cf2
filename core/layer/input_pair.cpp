#include "core/layer/input_pair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <stdexcept>

#include "core/layer/gram_inputs.hpp"
#include "core/layer/strip_inputs.hpp"

namespace pathquant {
namespace {

template <class S>
void require_finite(const Matrix<S>& matrix, const char* name) {
  if (!matrix.allFinite()) throw std::invalid_argument(fmt::format("{} must hold finite numbers only", name));
}

template <class S>
std::vector<S> squared_column_norms(const Matrix<S>& inputs) {
  std::vector<S> norms(static_cast<std::size_t>(inputs.cols()));
  for (Index t = 0; t < inputs.cols(); ++t) {
    S sum = 0;
    for (Index i = 0; i < inputs.rows(); ++i) sum = std::fma(inputs(i, t), inputs(i, t), sum);
    require_normal(sum, (inputs.col(t).array() == S(0)).all());
    norms[static_cast<std::size_t>(t)] = sum;
  }
  return norms;
}

/// A matrix in double precision, packed block by block by whoever comes.
class Packing {
 public:
  template <class S>
  const PackedInputs<double>& of(const Matrix<S>& matrix) {
    {
      const std::lock_guard lock(mutex_);
      if (packed_.features() == 0) packed_ = PackedInputs<double>(matrix.rows(), matrix.cols());
    }
    loop_.run(packed_.blocks(), [&](Index b) {
      const Index first = b * block_features;
      const Index count = std::min(block_features, matrix.cols() - first);
      const Matrix<double> columns = matrix.middleCols(first, count).template cast<double>();
      packed_.pack_block(b, columns.data(), matrix.rows());
    });
    return packed_;
  }

 private:
  std::mutex mutex_;
  PackedInputs<double> packed_;
  SharedLoop loop_;
};

}  // namespace

template <class S>
struct InputPair<S>::Derived {
  std::mutex mutex;  // of the pointers; what they point to is computed by all who ask
  std::unique_ptr<StripInputs<S>> single, pair;
  std::unique_ptr<GramInputs<S>> gram, quantized_gram;
  std::unique_ptr<GramInputs<double, S>> double_gram;
  Packing packed, packed_quantized;
};

template <class S>
InputPair<S>::InputPair(Matrix<S> inputs, std::optional<Matrix<S>> quantized_inputs)
    : inputs_(std::move(inputs)),
      quantized_inputs_(std::move(quantized_inputs)),
      derived_(std::make_unique<Derived>()) {
  require_finite(inputs_, "X");
  if (quantized_inputs_) {
    if (quantized_inputs_->rows() != inputs_.rows() || quantized_inputs_->cols() != inputs_.cols())
      throw std::invalid_argument(fmt::format("Xq is {} x {} but X is {} x {}", quantized_inputs_->rows(),
                                              quantized_inputs_->cols(), inputs_.rows(), inputs_.cols()));
    require_finite(*quantized_inputs_, "Xq");
  }
  squared_norms_ = squared_column_norms(this->quantized_inputs());
}

template <class S>
InputPair<S>::~InputPair() = default;

template <class S>
StripInputs<S>& InputPair<S>::strips(PathKind kind) const {
  std::unique_ptr<StripInputs<S>>& strips = kind == PathKind::matched ? derived_->single : derived_->pair;
  const std::lock_guard lock(derived_->mutex);
  if (!strips) strips = std::make_unique<StripInputs<S>>(*this, kind, std::span<const Index>());
  return *strips;
}

template <class S>
const GramInputs<S, S>& InputPair<S>::gram() const {
  return summed(derived_->gram, has_mismatch());
}

template <class S>
const TriangleRows<S>& InputPair<S>::quantized_gram() const {
  return (has_mismatch() ? summed(derived_->quantized_gram, false) : gram()).gram();
}

template <class S>
const TriangleRows<double>& InputPair<S>::double_gram() const {
  if constexpr (std::is_same_v<S, double>)
    return gram().gram();
  else
    return summed(derived_->double_gram, false).gram();
}

template <class S>
template <class T>
const GramInputs<T, S>& InputPair<S>::summed(std::unique_ptr<GramInputs<T, S>>& gram, bool pair) const {
  {
    const std::lock_guard lock(derived_->mutex);
    if (!gram) {
      gram = std::make_unique<GramInputs<T, S>>(width(), pair);
      gram->begin({samples(), quantized_inputs().data(), pair ? inputs_.data() : nullptr, samples()});
    }
  }
  gram->share();
  gram->finish();
  return *gram;
}

template <class S>
const PackedInputs<double>& InputPair<S>::packed() const {
  return derived_->packed.of(inputs_);
}

template <class S>
const PackedInputs<double>& InputPair<S>::packed_quantized() const {
  return has_mismatch() ? derived_->packed_quantized.of(*quantized_inputs_) : packed();
}

template class InputPair<float>;
template class InputPair<double>;

}  // namespace pathquant
