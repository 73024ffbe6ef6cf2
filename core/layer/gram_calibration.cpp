#include "core/layer/gram_calibration.hpp"

#include <cmath>
#include <stdexcept>
#include <type_traits>

#include "core/parallel/team.hpp"

namespace pathquant {

template <class S>
GramCalibration<S>::GramCalibration(Index features, bool mismatch)
    : products_(std::make_unique<GramInputs<S>>(features, mismatch, Triangles::all)),
      quantized_sums_(Vector::Zero(features)),
      difference_sums_(Vector::Zero(features)),
      live_(static_cast<std::size_t>(features), 0) {
  if constexpr (!std::is_same_v<S, double>)
    exact_ = std::make_unique<GramInputs<double, S>>(features, mismatch, Triangles::all);
}

template <class S>
GramCalibration<S>::GramCalibration(const GramCalibration& other, std::span<const Index> order)
    : products_(std::make_unique<GramInputs<S>>(other.products(), order)),
      quantized_sums_(other.quantized_sums()(order)),
      difference_sums_(other.difference_sums()(order)),
      finished_(true) {
  if (other.exact_) exact_ = std::make_unique<GramInputs<double, S>>(*other.exact_, order);
  for (const Index feature : order) {
    live_.push_back(other.live_[static_cast<std::size_t>(feature)]);
    squared_norms_.push_back(other.squared_norms_[static_cast<std::size_t>(feature)]);
  }
}

template <class S>
GramCalibration<S>::~GramCalibration() = default;

template <class S>
void GramCalibration<S>::add(const SampleBatch<S>& batch, const ExecutionContext& execution) {
  if (finished_) throw std::invalid_argument("samples cannot be added to a calibration that is finished");
  if (has_mismatch() && batch.plain == nullptr) throw std::invalid_argument("where X != Xq a batch has both");
  execution.poll();
  products_->begin(batch);
  if (exact_) exact_->begin(batch);
  std::atomic<Index> next = 0;
  run_team(execution.threads(), [&](Team& team) {
    team.share(next, width(), [&](Index t) { scan(batch, t); });
    products_->share();
    if (exact_) exact_->share();
  });
  if (!quantized_sums_.allFinite() || !difference_sums_.allFinite())
    throw std::invalid_argument("X and Xq must hold finite numbers only");
}

template <class S>
void GramCalibration<S>::scan(const SampleBatch<S>& batch, Index feature) {
  const S* xq = batch.quantized + feature * batch.stride;
  const S* x = has_mismatch() ? batch.plain + feature * batch.stride : xq;
  double total = quantized_sums_(feature), difference = difference_sums_(feature);
  bool live = false;
  for (Index i = 0; i < batch.samples; ++i) {
    const auto value = static_cast<double>(xq[i]);
    total += value;
    difference += static_cast<double>(x[i]) - value;
    live = live || value != 0;
  }
  quantized_sums_(feature) = total;
  difference_sums_(feature) = difference;
  if (live) live_[static_cast<std::size_t>(feature)] = 1;
}

template <class S>
void GramCalibration<S>::finish(const ExecutionContext& execution) {
  if (finished_) return;
  if (samples() < 1) throw std::invalid_argument("a calibration needs at least one sample");
  run_team(execution.threads(), [&](Team&) {
    products_->finish();
    if (exact_) exact_->finish();
  });
  for (Index t = 0; t < width(); ++t) {
    const S norm = products_->squared_norm(t);
    require_normal(norm, live_[static_cast<std::size_t>(t)] == 0);
    squared_norms_.push_back(norm);
  }
  finished_ = true;
}

template <class S>
void GramCalibration<S>::require_finished() const {
  if (!finished_) throw std::logic_error("a calibration is read after its last batch: call finish() first");
}

template <class S>
const std::vector<S>& GramCalibration<S>::squared_norms() const {
  require_finished();
  return squared_norms_;
}

template <class S>
const GramInputs<S>& GramCalibration<S>::products() const {
  require_finished();
  return *products_;
}

template <class S>
const GramInputs<double, S>& GramCalibration<S>::exact() const {
  require_finished();
  if constexpr (std::is_same_v<S, double>)
    return *products_;
  else
    return *exact_;
}

template <class S>
const Vector& GramCalibration<S>::quantized_sums() const {
  require_finished();
  return quantized_sums_;
}

template <class S>
const Vector& GramCalibration<S>::difference_sums() const {
  require_finished();
  return difference_sums_;
}

template class GramCalibration<float>;
template class GramCalibration<double>;

}  // namespace pathquant
