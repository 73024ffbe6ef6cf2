// Data alignment, phase I of stochastic path following: W~ with XqW~ close to XW, by passes of the recurrence without
// rounding or by least squares.
//
//   uhat_1 from (X, Xq); each later pass sweeps over Xq alone and starts from the residual of the one before.
// Where X and Xq are not held, a later pass is a sweep of core/feedback/output_descent.hpp without rounding: the same
// arguments from H and E.
//
// Source: Zhang & Saab 2023, arXiv 2309.10975.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>

#include "core/feedback/output_descent.hpp"
#include "core/layer/gram_errors.hpp"
#include "core/layer/quantized_layer.hpp"
#include "core/parameters.hpp"
#include "core/path_following/path_following.hpp"
#include "core/quantizers/perfect_alignment.hpp"

namespace pathquant {

struct DataAlignment {
  std::optional<std::int64_t> passes = 1;  ///< absent: perfect alignment

  /// The parameter `alignment`.
  static const ParameterTable& parameters() {
    static const ParameterTable table = {
        integer("alignment",
                "order r of the data alignment: passes of Gauss-Seidel; perfect: least squares (only where X != Xq)")
            .at_least(1)
            .at_most(1000)
            .or_word("perfect")
            .defaults_to(std::int64_t{1})
            .labelled("alignment order $r$", "passes")};
    return table;
  }
  static DataAlignment from(const Parameters& parameters) {
    if (parameters.is("alignment", "perfect")) return {std::nullopt};
    return {parameters.integer("alignment")};
  }

  /// W~ for X != Xq; what it leaves over goes to `result`. `order` as of follow_path.
  template <class S>
  RowMatrix<S> align(const LayerProblem<S>& problem, const std::vector<Index>& order, const ExecutionContext& execution,
                     QuantizedLayer<S>& result) const {
    if (const GramCalibration<S>* gram = problem.gram_side()) {
      RowMatrix<S> aligned = align_by_gram_side(problem, *gram, order, execution);
      const std::vector<double> energies = error_energies(*gram, problem.weights(), aligned, execution);
      result.alignment_energies = Eigen::Map<const Vector>(energies.data(), std::ssize(energies));
      return aligned;
    }
    RowMatrix<S>& residual = result.alignment_residual;
    if (!passes) return perfect_alignment(problem, execution, residual);
    RowMatrix<S> aligned = problem.weights();
    follow_path(problem, aligned, ExactDecision<S>(), execution, aligned, &residual, order);
    for (std::int64_t pass = 1; pass < *passes; ++pass)
      follow_quantized_path(problem, aligned, ExactDecision<S>(), execution, aligned, &residual, order);
    return aligned;
  }

  template <class S>
  RowMatrix<S> align_by_gram_side(const LayerProblem<S>& problem, const GramCalibration<S>& gram,
                                  const std::vector<Index>& order, const ExecutionContext& execution) const {
    if (!passes) return perfect_alignment(gram, problem.weights(), execution);
    RowMatrix<S> aligned = problem.weights();
    follow_path(problem, aligned, ExactDecision<S>(), execution, aligned, nullptr, order);
    if (*passes == 1) return aligned;
    const LayerProblem<S> visited(std::make_shared<GramCalibration<S>>(gram, order),
                                  problem.weights()(order, Eigen::all));
    const OutputDescent<S> descent(visited, execution);
    RowMatrix<S> rows = aligned(order, Eigen::all);
    const auto exactly = [](Index, Index, Index count, const S* c, S* v) { std::copy_n(c, count, v); };
    for (std::int64_t pass = 1; pass < *passes; ++pass) descent.sweep(rows, exactly, execution);
    aligned(order, Eigen::all) = rows;
    return aligned;
  }

  /// Multiply-adds of it, to leading order.
  double cost(LayerShape shape) const {
    if (!passes) return perfect_alignment_cost(shape);
    return (1.0 + 2.0 * static_cast<double>(*passes)) * static_cast<double>(shape.samples) *
           static_cast<double>(shape.width) * static_cast<double>(shape.neurons);
  }
};

}  // namespace pathquant
