// A held layer calibrated again on its inner products alone, and on blocks of its samples.
#pragma once

#include <algorithm>
#include <memory>

#include "core/layer/block_calibration.hpp"
#include "core/layer/layer_problem.hpp"

namespace pathquant::testing {

/// The samples of a held layer in blocks of so many rows, each copied for the time of its use.
template <class S>
class HeldSource final : public SampleSource<S> {
 public:
  HeldSource(const LayerProblem<S>& problem, Index rows) : problem_(problem), rows_(rows) {}
  Index features() const override { return problem_.shape().width; }
  bool mismatch() const override { return problem_.has_mismatch(); }
  void pass(const std::function<void(const SampleBatch<S>&)>& use) const override {
    for (Index start = 0; start < problem_.shape().samples; start += rows_) {
      const Index count = std::min(rows_, problem_.shape().samples - start);
      const Matrix<S> xq = problem_.quantized_inputs().middleRows(start, count);
      const Matrix<S> x = problem_.inputs().middleRows(start, count);
      use({count, xq.data(), mismatch() ? x.data() : nullptr, count});
    }
  }

 private:
  const LayerProblem<S>& problem_;
  Index rows_;
};

template <class S>
LayerProblem<S> on_gram_side(const LayerProblem<S>& problem) {
  auto gram = std::make_shared<GramCalibration<S>>(problem.shape().width, problem.has_mismatch());
  HeldSource<S>(problem, problem.shape().samples).pass([&](const SampleBatch<S>& batch) {
    gram->add(batch, ExecutionContext());
  });
  gram->finish(ExecutionContext());
  return {gram, problem.weights()};
}

template <class S>
LayerProblem<S> on_blocks(const LayerProblem<S>& problem, Index rows) {
  const auto source = std::make_shared<HeldSource<S>>(problem, rows);
  return {std::make_shared<BlockCalibration<S>>(source, ExecutionContext().with_threads(2)), problem.weights()};
}

}  // namespace pathquant::testing
