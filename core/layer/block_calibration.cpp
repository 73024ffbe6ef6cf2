#include "core/layer/block_calibration.hpp"

namespace pathquant {

template <class S>
BlockCalibration<S>::BlockCalibration(std::shared_ptr<const SampleSource<S>> source, const ExecutionContext& execution)
    : source_(std::move(source)), gram_(source_->features(), source_->mismatch()) {
  source_->pass([&](const SampleBatch<S>& block) { gram_.add(block, execution); });
  gram_.finish(execution);
}

template class BlockCalibration<float>;
template class BlockCalibration<double>;

}  // namespace pathquant
