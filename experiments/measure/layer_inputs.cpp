#include "experiments/measure/layer_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/inputs/mismatch.hpp"
#include "core/random/stream.hpp"
#include "experiments/json_text.hpp"

namespace pathquant {
namespace {

template <class S>
Matrix<S> read(const InputSource& source, Index samples, Index width, const ExecutionContext& execution) {
  constexpr Index block = 64;
  Matrix<S> inputs(samples, width);
  for (Index first = 0; first < width; first += block) {
    execution.poll();
    read_columns(source, first, std::min(block, width - first), samples, inputs.col(first).data());
  }
  return inputs;
}

// `key` is that of the rows: of X or of fresh ones.
template <class S>
DrawnInputs<S> with_mismatch(Matrix<S> inputs, double mismatch, const std::string& key,
                             const ExecutionContext& execution) {
  if (mismatch == 0) return {std::move(inputs), std::nullopt};
  Matrix<S> quantized = noisy_inputs(inputs, mismatch, Stream(LayerKey::noise_of(key)), execution);
  return {std::move(inputs), std::move(quantized)};
}

}  // namespace

ColumnDistribution LayerInputs::column_law() const {
  return with_noise(law->column_law(), mismatch);
}

template <class S>
DrawnInputs<S> LayerInputs::draw(const std::string& key, const ExecutionContext& execution) const {
  return with_mismatch(
      files.unchanged_during([&] { return read<S>(*law->open(key, samples, width), samples, width, execution); }),
      mismatch, key, execution);
}
template DrawnInputs<float> LayerInputs::draw(const std::string&, const ExecutionContext&) const;
template DrawnInputs<double> LayerInputs::draw(const std::string&, const ExecutionContext&) const;

std::string LayerInputs::cache_key(Precision precision, std::uint64_t seed, std::int64_t trial) const {
  if (streamed()) return "";
  return fmt::format("inputs/{}/{}/{}", to_text(precision), canonical_json(identity), key(seed, trial).inputs());
}

std::size_t LayerInputs::cached_bytes(std::size_t scalar_bytes) const {
  const auto m = static_cast<std::size_t>(samples);
  const auto n = static_cast<std::size_t>(width);
  const std::size_t matrices = mismatch > 0 ? 2 : 1;
  // Each matrix as it is, in strips, and packed in double precision; with more samples than features the Gram matrices.
  const std::size_t held = matrices * m * n * (2 * scalar_bytes + sizeof(double));
  return held + (m > n ? matrices * n * n * scalar_bytes : 0);
}

template <class S>
std::shared_ptr<const TrialInputs<S>> LayerInputs::shared(std::uint64_t seed, std::int64_t trial,
                                                          const ExecutionContext& execution, TaskCache& cache) const {
  constexpr Precision precision = std::is_same_v<S, float> ? Precision::float32 : Precision::float64;
  return cache.get<TrialInputs<S>>(cache_key(precision, seed, trial), cached_bytes(sizeof(S)), execution, [&] {
    auto [x, xq] = draw<S>(LayerKey{seed, trial}.inputs(), execution);
    return std::make_shared<const TrialInputs<S>>(std::make_shared<const InputPair<S>>(std::move(x), std::move(xq)));
  });
}
template std::shared_ptr<const TrialInputs<float>> LayerInputs::shared(std::uint64_t, std::int64_t,
                                                                       const ExecutionContext&, TaskCache&) const;
template std::shared_ptr<const TrialInputs<double>> LayerInputs::shared(std::uint64_t, std::int64_t,
                                                                        const ExecutionContext&, TaskCache&) const;

template <class S>
DrawnInputs<S> LayerInputs::draw_fresh(const std::string& key, const ExecutionContext& execution) const {
  return with_mismatch(files.unchanged_during([&] {
    return read<S>(*law->open_fresh(key, samples, width, fresh), fresh, width, execution);
  }),
                       mismatch, InputDistribution::fresh_key(key), execution);
}
template DrawnInputs<float> LayerInputs::draw_fresh(const std::string&, const ExecutionContext&) const;
template DrawnInputs<double> LayerInputs::draw_fresh(const std::string&, const ExecutionContext&) const;

std::optional<SecondMoment> LayerInputs::fresh_moment(const std::string& key) const {
  return fresh > 0 && mismatch == 0 ? law->fresh_moment(key, samples, width) : std::nullopt;
}

}  // namespace pathquant
