#include "core/layer/strip_inputs.hpp"

#include <algorithm>
#include <type_traits>

namespace pathquant {

template <class S>
StripInputs<S>::StripInputs(const InputPair<S>& pair, PathKind kind, std::span<const Index> order)
    : pair_(pair), kind_(kind), order_(order.begin(), order.end()), packing_(block_count(pair.width())) {
  const Index samples = pair.samples(), width = pair.width();
  quantized_ = PackedInputs<S>(samples, width);
  grams_.assign(static_cast<std::size_t>(blocks() * gram_size), S(0));
  for (Index visit = 0; visit < width; ++visit)
    squared_norms_.push_back(pair.squared_norms()[static_cast<std::size_t>(feature(visit))]);
  if (kind == PathKind::matched) return;
  plain_ = PackedInputs<S>(samples, width);
  mixed_.assign(grams_.size(), S(0));
  plain_norms_.resize(static_cast<std::size_t>(width));
}

template <class S>
void StripInputs<S>::prepare(Index wanted, Index limit) {
  packing_.run(wanted, limit, [&](Index b) { fill(b); });
}

template <class S>
void StripInputs<S>::fill(Index b) {
  const auto& kernels = kernels::active_solvers<S>();
  quantized_.pack(b, pair_.quantized_inputs().data(), order_);
  const S* xq = quantized_.block(b);
  kernels.gram(samples(), xq, xq, grams_.data() + b * gram_size);
  if (kind_ == PathKind::matched) return;
  plain_.pack(b, pair_.inputs().data(), order_);
  kernels.gram(samples(), xq, plain_.block(b), mixed_.data() + b * gram_size);
  if constexpr (std::is_same_v<S, double>)
    for (Index visit = b * block_features; visit < std::min(features(), (b + 1) * block_features); ++visit)
      plain_norms_[static_cast<std::size_t>(visit)] = pair_.inputs().col(feature(visit)).norm();
}

template class StripInputs<float>;
template class StripInputs<double>;

}  // namespace pathquant
