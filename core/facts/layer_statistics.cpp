#include "core/facts/layer_statistics.hpp"

#include <algorithm>
#include <cmath>

#include "core/kernels/column_kernels.hpp"
#include "core/path_following/path_following.hpp"

namespace pathquant {
namespace {

// (X - Xq) W
template <class S>
RowMatrix<double> drift_of(const LayerProblem<S>& problem, const ExecutionContext& execution) {
  const auto [samples, width, neurons] = problem.shape();
  RowMatrix<double> drift = RowMatrix<double>::Zero(samples, neurons);
  Vector column(samples);
  Vector weights(neurons);
  for (Index t = 0; t < width; ++t) {
    execution.poll();
    column =
        problem.inputs().col(t).template cast<double>() - problem.quantized_inputs().col(t).template cast<double>();
    weights = problem.weights().row(t).template cast<double>();
    kernels::active<double>().update(samples, neurons, column.data(), weights.data(), drift.data());
  }
  return drift;
}

template <class S>
void add_evenness(const RowMatrix<S>& weights, const Alphabet& alphabet, LayerStatistics& statistics) {
  if (alphabet.kind == AlphabetKind::list || alphabet.steps.size() == 0) return;
  const double shift = alphabet.kind == AlphabetKind::midrise ? 0.5 : 0;
  double squares = 0;
  double sum = 0;
  double products = 0;
  for (Index t = 0; t < weights.rows(); ++t)
    for (Index j = 0; j < weights.cols(); ++j) {
      const double z = static_cast<double>(weights(t, j)) / alphabet.step(t, j) - shift;
      const double fraction = z - std::floor(z);
      const double distance = fraction < 0.5 ? fraction : fraction - 1;
      squares += distance * distance;
      sum += distance;
      products += fraction * (1 - fraction);
    }
  const auto count = static_cast<double>(weights.size());
  statistics.rounding_evenness = 12 * squares / count;
  statistics.rounding_bias = sum / count;
  statistics.stochastic_evenness = 6 * products / count;
}

template <class S>
double total_input_energy(const Matrix<S>& inputs) {
  Vector total = Vector::Zero(inputs.rows());
  for (Index t = 0; t < inputs.cols(); ++t) total += inputs.col(t).template cast<double>();
  return total.squaredNorm();
}

// sum_j (sum_t |w_tj| ||P_t X_t||)^2
template <class S>
double alignment_reach(const LayerProblem<S>& problem) {
  Vector reach = Vector::Zero(problem.shape().neurons);
  for (Index t = 0; t < problem.shape().width; ++t) {
    const Vector xq = problem.quantized_inputs().col(t).template cast<double>();
    Vector left = problem.inputs().col(t).template cast<double>();
    if (const double square = xq.squaredNorm(); square > 0) left -= xq.dot(left) / square * xq;
    reach += left.norm() * problem.weights().row(t).template cast<double>().cwiseAbs().transpose();
  }
  return reach.squaredNorm();
}

template <class S>
RowMatrix<S> one_alignment_pass(const LayerProblem<S>& problem, const ExecutionContext& execution) {
  RowMatrix<S> aligned = problem.weights();
  RowMatrix<S> residual;
  follow_path(problem, aligned, ExactDecision<S>(), execution, aligned, &residual);
  return residual;
}

}  // namespace

double LayerStatistics::relative_alignment_residual(double signal_energy) const {
  return std::sqrt(alignment_energy / signal_energy);
}

template <class S>
LayerStatistics layer_statistics(const LayerProblem<S>& problem, const QuantizerTraits& traits,
                                 const Alphabet& alphabet, const QuantizedLayer<S>& result,
                                 const ExecutionContext& execution, const Vector& direction) {
  LayerStatistics statistics;
  for (const S norm : problem.squared_norms()) {
    statistics.input_energy += static_cast<double>(norm);
    statistics.largest_norm = std::max(statistics.largest_norm, static_cast<double>(norm));
  }
  statistics.largest_norm = std::sqrt(statistics.largest_norm);
  statistics.largest_weights = problem.weights().template cast<double>().cwiseAbs().colwise().maxCoeff().transpose();
  statistics.weight_error_energy =
      (problem.weights().template cast<double>() - result.weights.template cast<double>()).squaredNorm();
  statistics.largest_aligned_weights =
      result.largest_aligned_weights.size() > 0 ? result.largest_aligned_weights : statistics.largest_weights;
  statistics.total_input_energy = total_input_energy(problem.quantized_inputs());
  add_evenness(problem.weights(), alphabet, statistics);

  statistics.elimination = result.elimination;
  if (!problem.has_mismatch()) return statistics;
  const RowMatrix<double> drift = drift_of(problem, execution);
  statistics.drift_energy = drift.squaredNorm();
  if (!traits.path_following && !traits.error_feedback && !traits.path_scale) return statistics;
  RowMatrix<double> residual = drift;
  if (result.alignment_residual.size() > 0)
    residual = result.alignment_residual.template cast<double>();
  else if (traits.path_following)
    residual = one_alignment_pass(problem, execution).template cast<double>();
  statistics.alignment_energy = residual.squaredNorm();
  statistics.largest_alignment_norm = residual.colwise().norm().maxCoeff();
  statistics.largest_alignment_entry = residual.cwiseAbs().maxCoeff();
  if (direction.size() > 0)
    statistics.largest_alignment_along = (direction.transpose() * residual).cwiseAbs().maxCoeff();
  if (traits.path_following) statistics.alignment_reach = alignment_reach(problem);
  return statistics;
}

template LayerStatistics layer_statistics(const LayerProblem<float>&, const QuantizerTraits&, const Alphabet&,
                                          const QuantizedLayer<float>&, const ExecutionContext&, const Vector&);
template LayerStatistics layer_statistics(const LayerProblem<double>&, const QuantizerTraits&, const Alphabet&,
                                          const QuantizedLayer<double>&, const ExecutionContext&, const Vector&);

}  // namespace pathquant
