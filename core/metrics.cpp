#include "core/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/product.hpp"
#include "core/random/elementary.hpp"

namespace pathquant {
namespace {

// Sums over the columns of a product, each in the order of the rows.
struct ColumnSums {
  std::vector<double> energies;
  double largest = 0;  // magnitude of an entry

  explicit ColumnSums(Index neurons) : energies(static_cast<std::size_t>(neurons), 0.0) {}
  void add(const ProductPanel<double>& panel) {
    for (Index i = 0; i < panel.rows; ++i)
      for (Index j = 0; j < panel.neurons; ++j) {
        const double y = panel.y[i * panel.stride + j];
        energies[static_cast<std::size_t>(panel.first + j)] += y * y;
        largest = std::max(largest, std::abs(y));
      }
  }
};

// The rows of a matrix times `sign`, in double precision.
template <class S>
RowSource<double> rows_of(const RowMatrix<S>& matrix, double sign = 1) {
  return [&matrix, sign](Index t, Index first, Index count, double* out) {
    const S* row = matrix.row(t).data() + first;
    std::transform(row, row + count, out, [sign](S x) { return sign * static_cast<double>(x); });
  };
}

template <class S>
ColumnSums signal_of(const LayerProblem<S>& problem, const Interrupt& interrupt) {
  ColumnSums sums(problem.shape().neurons);
  multiply<double>(problem.pair().packed(), problem.shape().neurons, rows_of(problem.weights()), interrupt,
                   [&](const ProductPanel<double>& panel) { sums.add(panel); });
  return sums;
}

template <class S>
ColumnSums error_of(const LayerProblem<S>& problem, const RowMatrix<S>& quantized, const Interrupt& interrupt) {
  const Index neurons = problem.shape().neurons;
  ColumnSums sums(neurons);
  const PanelSink<double> add = [&](const ProductPanel<double>& panel) { sums.add(panel); };
  if (problem.has_mismatch()) {
    multiply_pair<double>(problem.pair().packed(), problem.pair().packed_quantized(), neurons,
                          rows_of(problem.weights()), rows_of(quantized, -1), interrupt, add);
  } else {
    const RowSource<double> change = [&](Index t, Index first, Index count, double* out) {
      const S* w = problem.weights().row(t).data() + first;
      const S* q = quantized.row(t).data() + first;
      for (Index j = 0; j < count; ++j) out[j] = static_cast<double>(w[j]) - static_cast<double>(q[j]);
    };
    multiply<double>(problem.pair().packed(), neurons, change, interrupt, add);
  }
  return sums;
}

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
}

}  // namespace

double LayerMetrics::relative_error() const {
  return std::sqrt(relative_squared_error());
}

template <class S>
LayerMetrics measure(const LayerProblem<S>& problem, const RowMatrix<S>& quantized, const Interrupt& interrupt) {
  const std::vector<double> signal = signal_of(problem, interrupt).energies;
  const ColumnSums errors = error_of(problem, quantized, interrupt);
  const std::vector<double>& error = errors.energies;

  LayerMetrics metrics;
  std::vector<double> ratios;
  for (std::size_t j = 0; j < signal.size(); ++j) {
    metrics.signal_energy += signal[j];
    metrics.error_energy += error[j];
    metrics.max_neuron_squared_error = std::max(metrics.max_neuron_squared_error, error[j]);
    if (signal[j] > 0) ratios.push_back(std::sqrt(error[j] / signal[j]));
  }
  metrics.median_neuron_error = median(std::move(ratios));
  metrics.max_abs_error = errors.largest;

  double weight_energy = 0;
  double weight_error = 0;
  Index zeros = 0;
  for (Index i = 0; i < quantized.size(); ++i) {
    const double w = static_cast<double>(problem.weights().data()[i]);
    const double q = static_cast<double>(quantized.data()[i]);
    weight_energy += w * w;
    weight_error += (w - q) * (w - q);
    zeros += q == 0 ? 1 : 0;
  }
  metrics.weight_relative_squared_error = weight_error / weight_energy;
  metrics.sparsity = static_cast<double>(zeros) / static_cast<double>(quantized.size());
  return metrics;
}

double bits_of(double levels) {
  int exponent = 0;
  const double fraction = std::frexp(levels, &exponent);  // in [1/2, 1)
  return fraction == 0.5 ? exponent - 1 : exponent + natural_log(fraction) / 0x1.62e42fefa39efp-1;
}

double rate(double levels, double scales, LayerShape shape) {
  return bits_of(levels) + 32 * scales / (static_cast<double>(shape.width) * static_cast<double>(shape.neurons));
}

template LayerMetrics measure(const LayerProblem<float>&, const RowMatrix<float>&, const Interrupt&);
template LayerMetrics measure(const LayerProblem<double>&, const RowMatrix<double>&, const Interrupt&);

}  // namespace pathquant
