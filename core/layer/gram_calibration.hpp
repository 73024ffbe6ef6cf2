// A calibration that holds inner products of features instead of samples: memory O(N^2), however many samples there are.
//
//   symbol  shape   meaning
//   Z       m x N   X - Xq
//   H       N x N   Xq^T Xq
//   E       N x N   Xq^T Z
//   D       N x N   Z^T Z
//   1       m       ones
//
// E, D and 1^T Z are 0 where X == Xq. Samples are added batch by batch and not kept. The products of features are
// summed in the precision of S for quantizers and in double precision for errors (the same where S is double); every
// sum is one chain in the order of the samples, so the bits do not depend on how the samples are cut into batches.
//
// In double precision quantizers decide as they do on held inputs, but for arguments within their rounding of a change
// of the decision: path following on held inputs computes such an argument again from X, which is impossible here.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/execution.hpp"
#include "core/layer/calibration.hpp"
#include "core/layer/gram_inputs.hpp"

namespace pathquant {

template <class S>
class GramCalibration final : public Calibration<S> {
 public:
  /// For N = `features`; `mismatch`: X != Xq. No samples yet.
  GramCalibration(Index features, bool mismatch);
  /// The same with the features in another order, a permutation of 0 .. N-1; `other` must be finished.
  GramCalibration(const GramCalibration& other, std::span<const Index> order);
  ~GramCalibration() override;

  /// Adds a batch, on so many threads as `execution` allows. Throws std::invalid_argument when an entry is not finite,
  /// X is missing where there is a mismatch, or finish() was called.
  void add(const SampleBatch<S>& batch, const ExecutionContext& execution);
  /// After the last batch. Throws std::invalid_argument when the squared norm of a column of Xq, other than one of
  /// zeros, is no normal number of S.
  void finish(const ExecutionContext& execution);

  Index samples() const override { return products_->samples(); }
  Index width() const override { return products_->features(); }
  bool has_mismatch() const override { return products_->mismatch(); }
  // These and what is below throw std::logic_error before finish().
  const std::vector<S>& squared_norms() const override;
  const TriangleRows<S>& quantized_gram() const override { return products().gram(); }
  const GramCalibration* gram_side() const override { return this; }

  const GramInputs<S>& products() const;       ///< H, E and D in the precision of S
  const GramInputs<double, S>& exact() const;  ///< the same in double precision
  const Vector& quantized_sums() const;        ///< 1^T Xq
  const Vector& difference_sums() const;       ///< 1^T Z

 private:
  void require_finished() const;
  void scan(const SampleBatch<S>& batch, Index feature);

  std::unique_ptr<GramInputs<S>> products_;
  std::unique_ptr<GramInputs<double, S>> exact_;  // where S is not double
  Vector quantized_sums_, difference_sums_;
  std::vector<char> live_;  // columns of Xq that are not all zeros
  std::vector<S> squared_norms_;
  bool finished_ = false;
};

extern template class GramCalibration<float>;
extern template class GramCalibration<double>;

}  // namespace pathquant
