#include "core/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/kernels/column_kernels.hpp"
#include "core/random/elementary.hpp"

namespace pathquant {
namespace {

struct Products {
  RowMatrix<double> signal;  // XW
  RowMatrix<double> error;   // XW - XqQ
};

template <class S>
Products multiply(const LayerProblem<S>& problem, const RowMatrix<S>& quantized, const Interrupt& interrupt) {
  const auto& kernels = kernels::active<double>();
  const auto [samples, width, neurons] = problem.shape();
  Products products{RowMatrix<double>::Zero(samples, neurons), RowMatrix<double>::Zero(samples, neurons)};
  Vector column(samples);
  Vector weights(neurons);
  Vector change(neurons);
  for (Index t = 0; t < width; ++t) {
    interrupt.poll();
    column = problem.inputs().col(t).template cast<double>();
    weights = problem.weights().row(t).template cast<double>();
    change = -quantized.row(t).template cast<double>();
    kernels.update(samples, neurons, column.data(), weights.data(), products.signal.data());
    if (problem.has_mismatch()) {
      kernels.update(samples, neurons, column.data(), weights.data(), products.error.data());
      column = problem.quantized_inputs().col(t).template cast<double>();
    } else {
      change += weights;
    }
    kernels.update(samples, neurons, column.data(), change.data(), products.error.data());
  }
  return products;
}

// Column energies of a row-major matrix, each a sum in the order of the rows.
std::vector<double> column_energies(const RowMatrix<double>& matrix) {
  std::vector<double> energies(static_cast<std::size_t>(matrix.cols()), 0.0);
  for (Index i = 0; i < matrix.rows(); ++i)
    for (Index j = 0; j < matrix.cols(); ++j) energies[static_cast<std::size_t>(j)] += matrix(i, j) * matrix(i, j);
  return energies;
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
  const Products products = multiply(problem, quantized, interrupt);
  const std::vector<double> signal = column_energies(products.signal);
  const std::vector<double> error = column_energies(products.error);

  LayerMetrics metrics;
  std::vector<double> ratios;
  for (std::size_t j = 0; j < signal.size(); ++j) {
    metrics.signal_energy += signal[j];
    metrics.error_energy += error[j];
    metrics.max_neuron_squared_error = std::max(metrics.max_neuron_squared_error, error[j]);
    if (signal[j] > 0) ratios.push_back(std::sqrt(error[j] / signal[j]));
  }
  metrics.median_neuron_error = median(std::move(ratios));
  for (Index i = 0; i < products.error.size(); ++i)
    metrics.max_abs_error = std::max(metrics.max_abs_error, std::abs(products.error.data()[i]));

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
