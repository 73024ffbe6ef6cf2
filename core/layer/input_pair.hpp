// The calibration that holds X and Xq, and what is computed from them once for every quantizer, alphabet and W.
// Shapes and layouts: core/types.hpp.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/layer/calibration.hpp"
#include "core/types.hpp"

namespace pathquant {

template <class S>
class PackedInputs;
template <class S>
class StripInputs;
template <class S, class T>
class GramInputs;

/// Which recurrence is followed (core/path_following/path_following.hpp).
enum class PathKind {
  matched,     ///< u <- u + (v_t - d_t) Xq_t
  mismatched,  ///< u <- u + v_t X_t - d_t Xq_t
};

/// X and Xq, immutable; thread-safe. What is asked for below is computed at the first time, by all who ask meanwhile,
/// and kept as long as the pair.
template <class S>
class InputPair final : public Calibration<S> {
 public:
  /// Throws std::invalid_argument when shapes disagree, an entry is not finite, or the squared norm of a column of Xq,
  /// other than one of zeros, is no normal number of S.
  InputPair(Matrix<S> inputs, std::optional<Matrix<S>> quantized_inputs);
  ~InputPair() override;
  InputPair(const InputPair&) = delete;
  InputPair& operator=(const InputPair&) = delete;

  Index samples() const override { return inputs_.rows(); }
  Index width() const override { return inputs_.cols(); }
  bool has_mismatch() const override { return quantized_inputs_.has_value(); }
  const InputPair* held() const override { return this; }
  const Matrix<S>& inputs() const { return inputs_; }
  const Matrix<S>& quantized_inputs() const { return quantized_inputs_ ? *quantized_inputs_ : inputs_; }
  const std::vector<S>& squared_norms() const override { return squared_norms_; }

  /// Packed inputs of core/path_following/blocked.hpp, features in natural order. The reader must prepare them.
  StripInputs<S>& strips(PathKind kind) const;
  /// For core/path_following/gram.hpp.
  const GramInputs<S, S>& gram() const;
  const TriangleRows<S>& quantized_gram() const override;
  /// X^T X in double precision; X == Xq.
  const TriangleRows<double>& double_gram() const;
  /// X and Xq in double precision, packed for products.
  const PackedInputs<double>& packed() const;
  const PackedInputs<double>& packed_quantized() const;

 private:
  struct Derived;

  template <class T>
  const GramInputs<T, S>& summed(std::unique_ptr<GramInputs<T, S>>& gram, bool pair) const;

  Matrix<S> inputs_;
  std::optional<Matrix<S>> quantized_inputs_;
  std::vector<S> squared_norms_;
  std::unique_ptr<Derived> derived_;
};

extern template class InputPair<float>;
extern template class InputPair<double>;

}  // namespace pathquant
