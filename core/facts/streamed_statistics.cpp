#include "core/facts/streamed_statistics.hpp"

#include <algorithm>
#include <cmath>

namespace pathquant {

LayerMetrics metrics_of(const StreamedSums& sums, LayerShape shape, const Vector& direction) {
  const Vector signal = sums.signal.colwise().squaredNorm().transpose();
  const Vector error = sums.state.colwise().squaredNorm().transpose();
  const Vector bias = sums.state.colwise().mean().transpose();
  std::vector<double> ratios;
  for (Index j = 0; j < shape.neurons; ++j)
    if (signal(j) > 0) ratios.push_back(std::sqrt(error(j) / signal(j)));
  const auto weights = static_cast<double>(shape.width) * static_cast<double>(shape.neurons);
  return {.signal_energy = signal.sum(),
          .error_energy = error.sum(),
          .median_neuron_error = median(std::move(ratios)),
          .max_neuron_squared_error = error.maxCoeff(),
          .max_abs_error = sums.state.cwiseAbs().maxCoeff(),
          .direction_error = direction.size() > 0 ? (direction.transpose() * sums.state).cwiseAbs().maxCoeff() : 0,
          .sparsity = static_cast<double>(sums.zeros) / weights,
          .weight_relative_squared_error = sums.weight_error_energy / sums.weight_energy,
          .bias = bias,
          .bias_energy = static_cast<double>(shape.samples) * bias.squaredNorm()};
}

LayerStatistics statistics_of(const StreamedSums& sums, const Alphabet& alphabet) {
  LayerStatistics statistics;
  statistics.input_energy = sums.input_energy;
  statistics.largest_norm = sums.largest_norm;
  statistics.largest_weights = statistics.largest_aligned_weights = sums.largest_weights;
  statistics.weight_error_energy = sums.weight_error_energy;
  statistics.total_input_energy = sums.total_input_energy;
  if (alphabet.kind == AlphabetKind::list) return statistics;
  statistics.rounding_evenness = 12 * sums.squares;
  statistics.rounding_bias = sums.distances;
  statistics.stochastic_evenness = 6 * sums.products;
  return statistics;
}

template <class S>
PathCovariance streamed_path_covariance(const InputSource& source, Index samples, Index width, const Vector& direction,
                                        const ExecutionContext& execution) {
  const Index kept = std::min(width, tail_columns(samples));
  EarlierColumns earlier;
  Matrix<double> tail(samples, kept);
  Matrix<S> block(samples, chunk_features<S>(samples));
  for (Index first = 0; first < width; first += block.cols()) {
    execution.poll();
    const Index count = std::min<Index>(block.cols(), width - first);
    read_columns(source, first, count, samples, block.data());
    for (Index t = 0; t < count; ++t) {
      const Index place = first + t - (width - kept);
      if (place >= 0) tail.col(place) = block.col(t).template cast<double>();
      const auto norm = static_cast<double>(block.col(t).norm());
      if (place < 0) earlier.sum_norms += norm;
      earlier.largest_norm = std::max(earlier.largest_norm, norm * (1 + 1e-6));
    }
  }
  return path_covariance_of_tail(tail, earlier, execution, direction);
}
template PathCovariance streamed_path_covariance<float>(const InputSource&, Index, Index, const Vector&,
                                                        const ExecutionContext&);
template PathCovariance streamed_path_covariance<double>(const InputSource&, Index, Index, const Vector&,
                                                         const ExecutionContext&);

}  // namespace pathquant
