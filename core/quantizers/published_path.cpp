#include "core/quantizers/published_path.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/kernels/column_kernels.hpp"

namespace pathquant {
namespace {

constexpr double dead_norm = 1e-16;
constexpr double shortcut_below = 1e-10;

}  // namespace

template <class S>
std::int64_t follow_published_path(const LayerProblem<S>& problem, const DecisionRule<S>& rule,
                                   const ExecutionContext& execution, RowMatrix<S>& decisions, RowMatrix<S>& state,
                                   std::span<const Index> order) {
  const auto& kernels = kernels::active<S>();
  const auto [samples, width, neurons] = problem.shape();
  if (state.size() == 0) state.setZero(samples, neurons);
  std::vector<S> before(static_cast<std::size_t>(neurons));
  std::vector<S> argument(static_cast<std::size_t>(neurons));
  std::vector<S> change(static_cast<std::size_t>(neurons));
  std::int64_t clipped = 0;
  for (Index visit = 0; visit < width; ++visit) {
    execution.poll();
    const Index t = order.empty() ? visit : order[static_cast<std::size_t>(visit)];
    const S* xq = problem.quantized_inputs().col(t).data();
    const S norm = problem.squared_norms()[static_cast<std::size_t>(t)];
    kernels.project(samples, neurons, xq, state.data(), before.data());
    kernels.update(samples, neurons, problem.inputs().col(t).data(), problem.weights().row(t).data(), state.data());
    if (std::sqrt(static_cast<double>(norm)) < dead_norm) {
      decisions.row(t).setZero();
      continue;
    }
    kernels.project(samples, neurons, xq, state.data(), argument.data());
    for (std::size_t j = 0; j < argument.size(); ++j)
      argument[j] = std::abs(static_cast<double>(before[j])) < shortcut_below
                        ? problem.weights()(t, static_cast<Index>(j))
                        : argument[j] / norm;
    clipped += rule.decide(t, neurons, argument.data(), decisions.row(t).data());
    std::transform(decisions.row(t).begin(), decisions.row(t).end(), change.begin(), [](S q) { return -q; });
    kernels.update(samples, neurons, xq, change.data(), state.data());
  }
  return clipped;
}

template std::int64_t follow_published_path(const LayerProblem<float>&, const DecisionRule<float>&,
                                            const ExecutionContext&, RowMatrix<float>&, RowMatrix<float>&,
                                            std::span<const Index>);
template std::int64_t follow_published_path(const LayerProblem<double>&, const DecisionRule<double>&,
                                            const ExecutionContext&, RowMatrix<double>&, RowMatrix<double>&,
                                            std::span<const Index>);

}  // namespace pathquant
