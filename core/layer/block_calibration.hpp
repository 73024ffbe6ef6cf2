// A calibration on samples that come in blocks of rows and can be passed over again: memory O(N^2) and one block.
//
// One pass sums the Gram side (core/layer/gram_calibration.hpp); a quantizer that wants only passes over the samples
// takes blocks() itself.
#pragma once

#include <functional>
#include <memory>

#include "core/layer/gram_calibration.hpp"

namespace pathquant {

/// Blocks of samples; safe to pass over from several threads at once.
template <class S>
class SampleSource {
 public:
  virtual ~SampleSource() = default;
  virtual Index features() const = 0;
  /// X != Xq: every block has both.
  virtual bool mismatch() const = 0;
  /// Calls `use` with one block after another: the same blocks in the same order in every pass. A block need not be
  /// there any more when `use` has returned.
  virtual void pass(const std::function<void(const SampleBatch<S>& block)>& use) const = 0;
};

template <class S>
class BlockCalibration final : public Calibration<S> {
 public:
  /// Passes over the source once. Throws what the source throws, std::invalid_argument where GramCalibration does, and
  /// Stopped when `execution` says so.
  BlockCalibration(std::shared_ptr<const SampleSource<S>> source, const ExecutionContext& execution);

  Index samples() const override { return gram_.samples(); }
  Index width() const override { return gram_.width(); }
  bool has_mismatch() const override { return gram_.has_mismatch(); }
  const std::vector<S>& squared_norms() const override { return gram_.squared_norms(); }
  const TriangleRows<S>& quantized_gram() const override { return gram_.quantized_gram(); }
  const GramCalibration<S>* gram_side() const override { return &gram_; }
  const SampleSource<S>* blocks() const override { return source_.get(); }

 private:
  std::shared_ptr<const SampleSource<S>> source_;
  GramCalibration<S> gram_;
};

extern template class BlockCalibration<float>;
extern template class BlockCalibration<double>;

}  // namespace pathquant
