#include "core/metrics/metrics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "core/layer/gram_energies.hpp"
#include "core/layer/gram_errors.hpp"
#include "core/linalg/product.hpp"
#include "core/path_following/variant.hpp"
#include "core/random/elementary.hpp"

namespace pathquant {
namespace {

// Sums over the columns of a product, each in the order of the rows.
struct ColumnSums {
  std::vector<double> energies;
  std::vector<double> totals;
  std::optional<double> largest;  // magnitude of an entry
  std::vector<double> along;      // inner products with the direction
  const Vector* direction;        // nullptr: none was asked for

  explicit ColumnSums(Index neurons, const Vector* towards = nullptr)
      : energies(static_cast<std::size_t>(neurons), 0.0),
        totals(energies.size(), 0.0),
        along(towards == nullptr ? 0 : energies.size(), 0.0),
        direction(towards) {}
  void add(const ProductPanel<double>& panel) {
    for (Index i = 0; i < panel.rows; ++i)
      for (Index j = 0; j < panel.neurons; ++j) {
        const double y = panel.y[i * panel.stride + j];
        energies[static_cast<std::size_t>(panel.first + j)] += y * y;
        totals[static_cast<std::size_t>(panel.first + j)] += y;
        largest = std::max(largest.value_or(0), std::abs(y));
      }
    if (direction == nullptr) return;
    for (Index i = 0; i < panel.rows; ++i)
      for (Index j = 0; j < panel.neurons; ++j) {
        double& sum = along[static_cast<std::size_t>(panel.first + j)];
        sum = std::fma((*direction)[panel.start + i], panel.y[i * panel.stride + j], sum);
      }
  }
  double energy() const { return std::accumulate(energies.begin(), energies.end(), 0.0); }
};

// The rows of a matrix times `sign`, in double precision.
template <class S>
RowSource<double> rows_of(const RowMatrix<S>& matrix, double sign = 1) {
  return [&matrix, sign](Index t, Index first, Index count, double* out) {
    const S* row = matrix.row(t).data() + first;
    std::transform(row, row + count, out, [sign](S x) { return sign * static_cast<double>(x); });
  };
}

// Of XW.
template <class S>
ColumnSums signal_of(const PackedInputs<double>& x, const RowMatrix<S>& weights, const ExecutionContext& execution) {
  ColumnSums sums(weights.cols());
  multiply<double>(x, weights.cols(), rows_of(weights), execution,
                   [&](const ProductPanel<double>& panel) { sums.add(panel); });
  return sums;
}

// The rows of W - Q.
template <class S>
RowSource<double> change_of(const RowMatrix<S>& weights, const RowMatrix<S>& quantized) {
  return [&weights, &quantized](Index t, Index first, Index count, double* out) {
    const S* w = weights.row(t).data() + first;
    const S* q = quantized.row(t).data() + first;
    for (Index j = 0; j < count; ++j) out[j] = static_cast<double>(w[j]) - static_cast<double>(q[j]);
  };
}

// Adds up XW - XqQ; without Xq it is X.
template <class S>
void add_error(const PackedInputs<double>& x, const PackedInputs<double>* xq, const RowMatrix<S>& weights,
               const RowMatrix<S>& quantized, const ExecutionContext& execution, ColumnSums& sums) {
  const Index neurons = weights.cols();
  const PanelSink<double> add = [&](const ProductPanel<double>& panel) { sums.add(panel); };
  if (xq != nullptr) {
    multiply_pair<double>(x, *xq, neurons, rows_of(weights), rows_of(quantized, -1), execution, add);
  } else {
    multiply<double>(x, neurons, change_of(weights, quantized), execution, add);
  }
}

template <class S>
ColumnSums sums_of_error(const LayerProblem<S>& problem, const RowMatrix<S>& quantized,
                         const ExecutionContext& execution, const Vector* direction) {
  ColumnSums sums(problem.shape().neurons, direction);
  const PackedInputs<double>* xq = problem.has_mismatch() ? &problem.pair().packed_quantized() : nullptr;
  add_error(problem.pair().packed(), xq, problem.weights(), quantized, execution, sums);
  return sums;
}

template <class S>
bool in_gram_form(const LayerProblem<S>& problem) {
  return !problem.has_mismatch() && choose_path(problem.shape(), false, {}) == PathVariant::gram;
}

// Adds up 1^T XD and, where a direction is asked for, a^T XD, by way of 1^T X and a^T X.
template <class S>
void add_projections(const Matrix<S>& inputs, const RowSource<double>& d, ColumnSums& sums) {
  constexpr Index at_once = 8;  // features whose chains of sums run side by side
  std::vector<double> row(sums.totals.size());
  for (Index first = 0; first < inputs.cols(); first += at_once) {
    const Index count = std::min(at_once, inputs.cols() - first);
    std::array<double, static_cast<std::size_t>(at_once)> total{}, along{};
    for (Index i = 0; i < inputs.rows(); ++i)
      for (Index k = 0; k < count; ++k) {
        const auto x = static_cast<double>(inputs(i, first + k));
        total[static_cast<std::size_t>(k)] += x;
        if (sums.direction != nullptr) along[static_cast<std::size_t>(k)] += x * (*sums.direction)(i);
      }
    for (Index k = 0; k < count; ++k) {
      d(first + k, 0, std::ssize(row), row.data());
      for (std::size_t j = 0; j < row.size(); ++j) sums.totals[j] += total[static_cast<std::size_t>(k)] * row[j];
      for (std::size_t j = 0; j < sums.along.size(); ++j) sums.along[j] += along[static_cast<std::size_t>(k)] * row[j];
    }
  }
}

// The sums of X(W - Q) from inner products.
template <class S>
ColumnSums sums_of_change(const LayerProblem<S>& problem, const RowMatrix<S>& quantized,
                          const ExecutionContext& execution, const Vector* direction) {
  const auto [samples, width, neurons] = problem.shape();
  const RowSource<double> change = change_of(problem.weights(), quantized);
  ColumnSums sums(neurons, direction);
  sums.energies = gram_energies(problem.pair().double_gram(), width, neurons, change, execution);
  add_projections(problem.inputs(), change, sums);
  return sums;
}

// The sums of Xq(W - Q) + (X - Xq)W from the Gram side.
template <class S>
ColumnSums sums_from_gram_side(const GramCalibration<S>& gram, const RowMatrix<S>& weights,
                               const RowMatrix<S>& quantized, const ExecutionContext& execution) {
  ColumnSums sums(weights.cols());
  sums.energies = error_energies(gram, weights, quantized, execution);
  sums.totals = error_sums(gram, weights, quantized);
  return sums;
}

template <class S>
ColumnSums error_of(const LayerProblem<S>& problem, const RowMatrix<S>& quantized, const ExecutionContext& execution,
                    const MetricOptions& options) {
  if (const GramCalibration<S>* gram = problem.gram_side())
    return sums_from_gram_side(*gram, problem.weights(), quantized, execution);
  const Vector* direction = options.direction.size() > 0 ? &options.direction : nullptr;
  return !options.entries && in_gram_form(problem) ? sums_of_change(problem, quantized, execution, direction)
                                                   : sums_of_error(problem, quantized, execution, direction);
}

template <class S>
PackedInputs<double> packed(const Matrix<S>& matrix) {
  PackedInputs<double> result(matrix.rows(), matrix.cols());
  for (Index b = 0; b < result.blocks(); ++b) {
    const Index first = b * block_features;
    const Matrix<double> columns =
        matrix.middleCols(first, std::min(block_features, matrix.cols() - first)).template cast<double>();
    result.pack_block(b, columns.data(), matrix.rows());
  }
  return result;
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : 0.5 * (values[middle - 1] + values[middle]);
}

double LayerMetrics::bias_corrected_relative_squared_error() const {
  return std::max(0.0, error_energy - bias_energy) / signal_energy;
}

double measuring_cost(LayerShape shape, Index fresh) {
  const double rows = static_cast<double>(shape.samples) + static_cast<double>(fresh);
  return rows * static_cast<double>(shape.width) * (10 + 2 * static_cast<double>(shape.neurons));
}

double LayerMetrics::relative_error() const {
  return std::sqrt(relative_squared_error());
}

template <class S>
FreshMetrics measure_fresh(const Matrix<S>& inputs, const std::optional<Matrix<S>>& quantized_inputs,
                           const RowMatrix<S>& weights, const RowMatrix<S>& quantized, const Vector& bias,
                           const ExecutionContext& execution) {
  const PackedInputs<double> z = packed(inputs);
  std::optional<PackedInputs<double>> zq;
  if (quantized_inputs) zq = packed(*quantized_inputs);
  ColumnSums errors(weights.cols());
  add_error(z, zq ? &*zq : nullptr, weights, quantized, execution, errors);
  // ||u - b 1||^2 = ||u||^2 - 2 b sum u + rows b^2
  double change = 0;
  for (Index j = 0; j < bias.size(); ++j)
    change += bias(j) * (static_cast<double>(inputs.rows()) * bias(j) - 2 * errors.totals[static_cast<std::size_t>(j)]);
  return {.signal_energy = signal_of(z, weights, execution).energy(),
          .error_energy = errors.energy(),
          .corrected_energy = errors.energy() + change};
}

template <class S>
std::vector<double> signal_energies(const LayerProblem<S>& problem, const ExecutionContext& execution) {
  const auto [samples, width, neurons] = problem.shape();
  if (const GramCalibration<S>* gram = problem.gram_side())
    return error_energies(*gram, problem.weights(), RowMatrix<S>(RowMatrix<S>::Zero(width, neurons)), execution);
  if (in_gram_form(problem))
    return gram_energies(problem.pair().double_gram(), width, neurons, rows_of(problem.weights()), execution);
  return signal_of(problem.pair().packed(), problem.weights(), execution).energies;
}

template <class S>
LayerMetrics measure(const LayerProblem<S>& problem, const RowMatrix<S>& quantized, const std::vector<double>& signal,
                     const ExecutionContext& execution, const MetricOptions& options) {
  const ColumnSums errors = error_of(problem, quantized, execution, options);
  const std::vector<double>& error = errors.energies;

  LayerMetrics metrics;
  std::vector<double> ratios;
  for (std::size_t j = 0; j < signal.size(); ++j) {
    metrics.signal_energy += signal[j];
    metrics.error_energy += error[j];
    metrics.max_neuron_squared_error = std::max(metrics.max_neuron_squared_error, error[j]);
    if (signal[j] > 0) ratios.push_back(std::sqrt(error[j] / signal[j]));
  }
  if (problem.shape().samples > 0) {
    const auto samples = static_cast<double>(problem.shape().samples);
    metrics.bias = Eigen::Map<const Vector>(errors.totals.data(), problem.shape().neurons) / samples;
    metrics.bias_energy = samples * metrics.bias.squaredNorm();
  }
  metrics.median_neuron_error = median(std::move(ratios));
  metrics.max_abs_error = errors.largest;
  double along = 0;
  for (const double projection : errors.along) along = std::max(along, std::abs(projection));
  if (problem.holds_inputs())
    metrics.direction_error = along;
  else
    metrics.direction_error.reset();

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

double bits_per_weight(double levels, double scales, LayerShape shape) {
  return bits_of(levels) + 32 * scales / (static_cast<double>(shape.width) * static_cast<double>(shape.neurons));
}

template std::vector<double> signal_energies(const LayerProblem<float>&, const ExecutionContext&);
template std::vector<double> signal_energies(const LayerProblem<double>&, const ExecutionContext&);
template LayerMetrics measure(const LayerProblem<float>&, const RowMatrix<float>&, const std::vector<double>&,
                              const ExecutionContext&, const MetricOptions&);
template LayerMetrics measure(const LayerProblem<double>&, const RowMatrix<double>&, const std::vector<double>&,
                              const ExecutionContext&, const MetricOptions&);
template FreshMetrics measure_fresh(const Matrix<float>&, const std::optional<Matrix<float>>&, const RowMatrix<float>&,
                                    const RowMatrix<float>&, const Vector&, const ExecutionContext&);
template FreshMetrics measure_fresh(const Matrix<double>&, const std::optional<Matrix<double>>&,
                                    const RowMatrix<double>&, const RowMatrix<double>&, const Vector&,
                                    const ExecutionContext&);

}  // namespace pathquant
