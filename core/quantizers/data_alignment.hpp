// Data alignment, phase I of stochastic path following: W~ with XqW~ close to XW, by passes of the recurrence without
// rounding or by least squares.
//
//   uhat_1 from (X, Xq); each later pass sweeps over Xq alone and starts from the residual of the one before.
//
// Source: Zhang & Saab 2023, arXiv 2309.10975.
#pragma once

#include <optional>

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

  /// W~ for X != Xq; `residual` becomes Uhat = XW - XqW~. `order` as of follow_path.
  template <class S>
  RowMatrix<S> align(const LayerProblem<S>& problem, const std::vector<Index>& order, const ExecutionContext& execution,
                     RowMatrix<S>& residual) const {
    if (!passes) return perfect_alignment(problem, execution, residual);
    RowMatrix<S> aligned = problem.weights();
    follow_path(problem, aligned, ExactDecision<S>(), execution, aligned, &residual, order);
    for (std::int64_t pass = 1; pass < *passes; ++pass)
      follow_quantized_path(problem, aligned, ExactDecision<S>(), execution, aligned, &residual, order);
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
