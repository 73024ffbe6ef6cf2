#include "core/feedback/elimination.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/feedback/cholesky.hpp"
#include "core/feedback/most_features.hpp"
#include "core/path/gram_inputs.hpp"
#include "core/random/elementary.hpp"
#include "core/team.hpp"

namespace pathquant {
namespace {

constexpr double first_rescue = 1e-6;
constexpr Index tile = 32;

// Z = -Y with Y = (B + L Z) / diagonal, row by row: forward substitution.
RowMatrix<double> substitute(const Matrix<double>& lower, const Vector& diagonal, const RowMatrix<double>& right,
                             const Interrupt& interrupt) {
  const LowerRows<double> rows(lower);
  RowMatrix<double> negative(right.rows(), right.cols());
  const std::array<SweepTerm<double>, 1> terms = {{{&rows, &negative}}};
  causal_sweep<double>(
      right, terms,
      [&](Index t, Index first, Index count, const double* c) {
        for (Index j = 0; j < count; ++j) negative(t, first + j) = -(c[j] / diagonal(t));
      },
      interrupt);
  return -negative;
}

}  // namespace

template <class S>
Elimination<S>::Elimination(const LayerProblem<S>& problem, std::vector<Index> order, double damping,
                            const Interrupt& interrupt)
    : order_(std::move(order)) {
  const Index n = features();
  if (n > most_features)
    throw std::domain_error(fmt::format("error feedback holds N x N numbers: at most {} features", most_features));
  double total = 0;
  for (const Index feature : order_) {
    const auto norm = static_cast<double>(problem.squared_norms()[static_cast<std::size_t>(feature)]);
    dead_.push_back(!(norm > 0));
    facts_.live += norm > 0 ? 1 : 0;
    total += norm;
  }
  const double mean = facts_.live > 0 ? total / facts_.live : 1;
  run_team(interrupt.threads(), [&](Team&) { problem.pair().quantized_gram(); });
  // What rounding leaves of a pivot that is 0.
  const double unit = static_cast<double>(std::numeric_limits<S>::epsilon());
  const double smallest = 2 * unit * std::sqrt(static_cast<double>(problem.shape().samples + n));
  for (facts_.damping = damping;; facts_.damping = std::max(10 * facts_.damping, first_rescue)) {
    facts_.lambda = facts_.damping * mean;
    read_gram(problem, facts_.lambda, mean);
    if (cholesky(reversed_, smallest, interrupt)) break;
  }
  distances_ = reversed_.diagonal().reverse();
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
  const TriangleRows<S>& gram = problem.pair().quantized_gram();
  const Index n = features();
  reversed_.resize(n, n);
  for (Index j = 0; j < n; ++j) {
    const Index b = order_[static_cast<std::size_t>(n - 1 - j)];
    for (Index i = j; i < n; ++i) {
      const Index a = order_[static_cast<std::size_t>(n - 1 - i)];
      const Index row = std::max(a, b);
      const Index column = std::min(a, b);
      reversed_(i, j) =
          static_cast<double>(gram.rows(row / block_features)[column * block_features + row % block_features]);
    }
    reversed_(j, j) = dead(n - 1 - j) ? of_dead : reversed_(j, j) + lambda;
  }
}

template <class S>
Matrix<double> Elimination<S>::factor() const {
  const Index n = features();
  Matrix<double> lower(n, n);
  for (Index start = 0; start < n; start += tile)
    for (Index t = start; t < n; ++t)
      for (Index s = start; s < std::min(start + tile, t); ++s) lower(t, s) = reversed_(n - 1 - s, n - 1 - t);
  return lower;
}

template <class S>
LowerRows<S> Elimination<S>::feedback() const {
  const Index n = features();
  Matrix<S> lower(n, n);
  for (Index start = 0; start < n; start += tile)
    for (Index t = start; t < n; ++t)
      for (Index s = start; s < std::min(start + tile, t); ++s)
        lower(t, s) = static_cast<S>(reversed_(n - 1 - s, n - 1 - t) / distances_(t));
  return LowerRows<S>(lower);
}

template <class S>
RowMatrix<double> Elimination<S>::solve_transposed(const RowMatrix<double>& right, const Interrupt& interrupt) const {
  return substitute(reversed_, distances_.reverse(), right.colwise().reverse(), interrupt).colwise().reverse();
}

template <class S>
RowMatrix<double> Elimination<S>::solve(const RowMatrix<double>& right, const Interrupt& interrupt) const {
  return substitute(factor(), distances_, solve_transposed(right, interrupt), interrupt);
}

double elimination_cost(LayerShape shape) {
  const auto n = static_cast<double>(shape.width);
  return n * n * static_cast<double>(shape.samples) / 2 + cholesky_cost(n);
}

template class Elimination<float>;
template class Elimination<double>;

}  // namespace pathquant
