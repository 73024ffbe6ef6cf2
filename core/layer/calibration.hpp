// What a layer is calibrated on: the inputs of the float and of the quantized network, in one of three kinds.
//
//   kind      class                                            memory   what it offers
//   held      InputPair (core/layer/input_pair.hpp)            m x N    X and Xq
//   Gram      GramCalibration (core/layer/gram_calibration.hpp)  N x N  inner products of features and column sums
//   blocks    BlockCalibration (core/layer/block_calibration.hpp)  N x N  the same, and passes over blocks of samples
//
// Every kind knows m, N, the norms of the columns of Xq, and Xq^T Xq.
#pragma once

#include <vector>

#include "core/types.hpp"

namespace pathquant {

template <class S>
class InputPair;
template <class S>
class GramCalibration;
template <class S>
class SampleSource;
template <class S>
class TriangleRows;

/// What a quantizer needs of a calibration; each kind of calibration offers what stands before, too.
enum class CalibrationNeed {
  weights,  ///< nothing: the weights alone
  gram,     ///< inner products of features
  held,     ///< X and Xq themselves
};

template <class S>
class Calibration {
 public:
  virtual ~Calibration() = default;

  virtual Index samples() const = 0;
  virtual Index width() const = 0;
  /// X != Xq.
  virtual bool has_mismatch() const = 0;
  /// ||Xq_t||^2 for every feature t; 0 where the column is dead (all zeros).
  virtual const std::vector<S>& squared_norms() const = 0;
  /// Xq^T Xq, computed by all who ask at the first time.
  virtual const TriangleRows<S>& quantized_gram() const = 0;

  /// X and Xq, where they are held.
  virtual const InputPair<S>* held() const { return nullptr; }
  /// The inner products, where X and Xq are not held.
  virtual const GramCalibration<S>* gram_side() const { return nullptr; }
  /// The samples block by block, where they can be passed over again.
  virtual const SampleSource<S>* blocks() const { return nullptr; }
};

/// Throws std::invalid_argument when the squared norm of a column, other than a dead one, is no normal number of S.
template <class S>
void require_normal(S squared_norm, bool dead);

extern template void require_normal(float, bool);
extern template void require_normal(double, bool);

}  // namespace pathquant
