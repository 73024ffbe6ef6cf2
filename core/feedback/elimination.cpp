#include "core/feedback/elimination.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>

#include "core/feedback/most_features.hpp"
#include "core/layer/gram_inputs.hpp"
#include "core/linalg/cholesky.hpp"
#include "core/parallel/team.hpp"
#include "core/random/elementary.hpp"

namespace pathquant {
namespace {

constexpr double first_rescue = 1e-6;

// Forward substitution: B becomes Y with y_t = (b_t + sum_{s<t} L_ts y_s) / diagonal_t.
void substitute(const LowerRows<double>& rows, const Vector& diagonal, RowMatrix<double>& b,
                const ExecutionContext& execution) {
  const std::array<SweepTerm<double>, 1> terms = {{{&rows, &b}}};
  causal_sweep<double>(
      b, terms,
      [&](Index t, Index first, Index count, const double* c) {
        double* const y = b.row(t).data() + first;
        for (Index j = 0; j < count; ++j) y[j] = c[j] / diagonal(t);
      },
      execution);
}

}  // namespace

template <class S>
Elimination<S>::Elimination(const LayerProblem<S>& problem, std::vector<Index> order, double damping,
                            const ExecutionContext& execution)
    : order_(std::move(order)) {
  const Index n = features();
  require_width(feedback_holds, n);
  double total = 0;
  for (const Index feature : order_) {
    const auto norm = static_cast<double>(problem.squared_norms()[static_cast<std::size_t>(feature)]);
    dead_.push_back(!(norm > 0));
    facts_.live += norm > 0 ? 1 : 0;
    total += norm;
  }
  const double mean = facts_.live > 0 ? total / facts_.live : 1;
  run_team(execution.threads(), [&](Team&) { problem.calibration().quantized_gram(); });
  // What rounding leaves of a pivot that is 0.
  const double unit = static_cast<double>(std::numeric_limits<S>::epsilon());
  const double smallest = 2 * unit * std::sqrt(static_cast<double>(problem.shape().samples + n));
  for (facts_.damping = damping;; facts_.damping = std::max(10 * facts_.damping, first_rescue)) {
    facts_.lambda = facts_.damping * mean;
    read_gram(problem, facts_.lambda, mean);
    if (cholesky(*reversed_, smallest, execution)) break;
  }
  distances_ = reversed_->diagonal().reverse();
  for (Index t = 0; t < n; ++t) {
    if (dead(t)) continue;
    const double square = squared_distance(t);
    facts_.sum_squares += square;
    facts_.largest_square = std::max(facts_.largest_square, square);
    facts_.sum_logs += natural_log(square);
  }
  facts_.first_square = dead(0) ? 0 : squared_distance(0);
}

template <class S>
void Elimination<S>::read_gram(const LayerProblem<S>& problem, double lambda, double of_dead) {
  const TriangleRows<S>& gram = problem.calibration().quantized_gram();
  const Index n = features();
  Matrix<double>& reversed = *reversed_;
  reversed.resize(n, n);
  for (Index j = 0; j < n; ++j) {
    const Index b = order_[static_cast<std::size_t>(n - 1 - j)];
    for (Index i = j; i < n; ++i) {
      const Index a = order_[static_cast<std::size_t>(n - 1 - i)];
      reversed(i, j) = static_cast<double>(gram(std::max(a, b), std::min(a, b)));
    }
    reversed(j, j) = dead(n - 1 - j) ? of_dead : reversed(j, j) + lambda;
  }
}

template <class S>
void Elimination<S>::read_row(Index t, double* out) const {
  const Index n = features();
  const double* column = reversed_->col(n - 1 - t).data() + n - t;
  std::reverse_copy(column, column + t, out);
}

template <class S>
LowerRows<S> Elimination<S>::feedback() const {
  std::vector<double> row(order_.size());
  return LowerRows<S>(features(), [&](Index t, S* out) {
    read_row(t, row.data());
    std::transform(row.data(), row.data() + t, out, [d = distances_(t)](double m) { return static_cast<S>(m / d); });
  });
}

template <class S>
RowMatrix<double> Elimination<S>::solve_transposed(RowMatrix<double> right, const ExecutionContext& execution) const {
  const LowerRows<double> rows(features(), [&](Index t, double* out) {
    for (Index s = 0; s < t; ++s) out[s] = -(*reversed_)(t, s);
  });
  right.colwise().reverseInPlace();
  substitute(rows, distances_.reverse(), right, execution);
  right.colwise().reverseInPlace();
  return right;
}

template <class S>
RowMatrix<double> Elimination<S>::solve(RowMatrix<double> right, const ExecutionContext& execution) const {
  const LowerRows<double> rows(features(), [&](Index t, double* out) {
    read_row(t, out);
    std::transform(out, out + t, out, std::negate());
  });
  RowMatrix<double> solution = solve_transposed(std::move(right), execution);
  substitute(rows, distances_, solution, execution);
  return solution;
}

double elimination_cost(LayerShape shape) {
  const auto n = static_cast<double>(shape.width);
  return n * n * static_cast<double>(shape.samples) / 2 + cholesky_cost(n);
}

template class Elimination<float>;
template class Elimination<double>;

}  // namespace pathquant
