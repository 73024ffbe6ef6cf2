#include "core/path_following/reference.hpp"

#include <vector>

#include "core/kernels/column_kernels.hpp"

namespace pathquant::plain {
namespace {

Index visited(std::span<const Index> order, Index visit) {
  return order.empty() ? visit : order[static_cast<std::size_t>(visit)];
}

}  // namespace

template <class S>
std::int64_t follow_path(const LayerProblem<S>& problem, const RowMatrix<S>& weights, const DecisionRule<S>& rule,
                         const ExecutionContext& execution, RowMatrix<S>& decisions, RowMatrix<S>& state,
                         std::span<const Index> order) {
  if (!problem.has_mismatch()) return follow_quantized_path(problem, weights, rule, execution, decisions, state, order);

  const auto& kernels = kernels::active<S>();
  const auto [samples, width, neurons] = problem.shape();
  if (state.size() == 0) state.setZero(samples, neurons);
  std::vector<S> argument(static_cast<std::size_t>(neurons));
  std::vector<S> change(static_cast<std::size_t>(neurons));
  std::int64_t clipped = 0;
  for (Index visit = 0; visit < width; ++visit) {
    execution.poll();
    const Index t = visited(order, visit);
    const S* x = problem.inputs().col(t).data();
    const S* xq = problem.quantized_inputs().col(t).data();
    const S norm = problem.squared_norms()[static_cast<std::size_t>(t)];
    kernels.update(samples, neurons, x, weights.row(t).data(), state.data());
    kernels.project(samples, neurons, xq, state.data(), argument.data());
    for (S& c : argument) c = norm > 0 ? c / norm : S(0);
    clipped += rule.decide(t, neurons, argument.data(), decisions.row(t).data());
    for (Index j = 0; j < neurons; ++j) change[static_cast<std::size_t>(j)] = -decisions(t, j);
    kernels.update(samples, neurons, xq, change.data(), state.data());
  }
  return clipped;
}

template <class S>
std::int64_t follow_quantized_path(const LayerProblem<S>& problem, const RowMatrix<S>& weights,
                                   const DecisionRule<S>& rule, const ExecutionContext& execution,
                                   RowMatrix<S>& decisions, RowMatrix<S>& state, std::span<const Index> order) {
  const auto& kernels = kernels::active<S>();
  const auto [samples, width, neurons] = problem.shape();
  if (state.size() == 0) state.setZero(samples, neurons);
  std::vector<S> argument(static_cast<std::size_t>(neurons));
  std::vector<S> change(static_cast<std::size_t>(neurons));
  std::int64_t clipped = 0;
  for (Index visit = 0; visit < width; ++visit) {
    execution.poll();
    const Index t = visited(order, visit);
    const S* xq = problem.quantized_inputs().col(t).data();
    const S norm = problem.squared_norms()[static_cast<std::size_t>(t)];
    kernels.project(samples, neurons, xq, state.data(), argument.data());
    for (Index j = 0; j < neurons; ++j) {
      S& c = argument[static_cast<std::size_t>(j)];
      c = norm > 0 ? weights(t, j) + c / norm : S(0);
      change[static_cast<std::size_t>(j)] = weights(t, j);
    }
    clipped += rule.decide(t, neurons, argument.data(), decisions.row(t).data());
    for (Index j = 0; j < neurons; ++j) change[static_cast<std::size_t>(j)] -= decisions(t, j);
    kernels.update(samples, neurons, xq, change.data(), state.data());
  }
  return clipped;
}

template std::int64_t follow_path(const LayerProblem<float>&, const RowMatrix<float>&, const DecisionRule<float>&,
                                  const ExecutionContext&, RowMatrix<float>&, RowMatrix<float>&,
                                  std::span<const Index>);
template std::int64_t follow_path(const LayerProblem<double>&, const RowMatrix<double>&, const DecisionRule<double>&,
                                  const ExecutionContext&, RowMatrix<double>&, RowMatrix<double>&,
                                  std::span<const Index>);
template std::int64_t follow_quantized_path(const LayerProblem<float>&, const RowMatrix<float>&,
                                            const DecisionRule<float>&, const ExecutionContext&, RowMatrix<float>&,
                                            RowMatrix<float>&, std::span<const Index>);
template std::int64_t follow_quantized_path(const LayerProblem<double>&, const RowMatrix<double>&,
                                            const DecisionRule<double>&, const ExecutionContext&, RowMatrix<double>&,
                                            RowMatrix<double>&, std::span<const Index>);

}  // namespace pathquant::plain
