#include "core/facts/error_budget.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/kernels/column_kernels.hpp"
#include "core/layer/permutation.hpp"

namespace pathquant {
namespace {

// The last thresholds in units of the step; soft and hard rounding have theirs farther out by the threshold.
std::pair<double, double> reach(const Alphabet& alphabet) {
  if (alphabet.kind == AlphabetKind::list) {
    const auto& v = alphabet.values;
    const std::size_t last = v.size() - 1;
    return {v[0] - (v[1] - v[0]) / 2, v[last] + (v[last] - v[last - 1]) / 2};
  }
  if (!alphabet.half_levels) return {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  const double levels = static_cast<double>(*alphabet.half_levels) + (alphabet.kind == AlphabetKind::midrise ? 0 : 0.5);
  return {-levels, levels};
}

// One share: p <- P_t p + xi Xq_t for every neuron.
class Share {
 public:
  Share(Index samples, Index neurons) : state_(RowMatrix<double>::Zero(samples, neurons)), change_(neurons) {}

  void step(const Vector& column, double squared_norm, const Vector& errors) {
    const auto& kernels = kernels::active<double>();
    kernels.project(state_.rows(), state_.cols(), column.data(), state_.data(), change_.data());
    change_ = errors - change_ / squared_norm;
    kernels.update(state_.rows(), state_.cols(), column.data(), change_.data(), state_.data());
  }
  void add(const Vector& column, const Vector& weights) {
    kernels::active<double>().update(state_.rows(), state_.cols(), column.data(), weights.data(), state_.data());
  }
  /// <Xq_t, p> / ||Xq_t||^2
  Vector along(const Vector& column, double squared_norm) const {
    Vector inner(state_.cols());
    kernels::active<double>().project(state_.rows(), state_.cols(), column.data(), state_.data(), inner.data());
    return inner / squared_norm;
  }
  double dot(const Share& other) const { return state_.cwiseProduct(other.state_).sum(); }

 private:
  RowMatrix<double> state_;
  Vector change_;
};

}  // namespace

template <class S>
ErrorBudget error_budget(const LayerProblem<S>& problem, const RowMatrix<S>& quantized, const Alphabet& alphabet,
                         const QuantizerTraits& traits, const ExecutionContext& execution) {
  const auto [samples, width, neurons] = problem.shape();
  const auto [below, above] = reach(alphabet);
  Vector lowest(neurons);
  Vector highest(neurons);
  Share alignment(samples, neurons), rounding(samples, neurons), clipping(samples, neurons);
  for (Index t = 0; t < width; ++t) {
    execution.poll();
    const Vector xq = problem.quantized_inputs().col(t).template cast<double>();
    const Vector weights = problem.weights().row(t).template cast<double>();
    const double squared_norm = xq.squaredNorm();
    for (Index j = 0; j < neurons; ++j) {
      lowest(j) = (below - alphabet.zero(t, j)) * alphabet.step(t, j) - traits.threshold;
      highest(j) = (above - alphabet.zero(t, j)) * alphabet.step(t, j) + traits.threshold;
    }
    const bool live = problem.squared_norms()[static_cast<std::size_t>(t)] > 0;
    if (problem.has_mismatch()) alignment.add(problem.inputs().col(t).template cast<double>(), weights);
    if (!live) continue;
    // c from the three shares, of which U is the sum; where X == Xq the first stays 0.
    Vector argument = rounding.along(xq, squared_norm) + clipping.along(xq, squared_norm);
    argument += problem.has_mismatch() ? alignment.along(xq, squared_norm) : weights;
    const Vector inside = argument.cwiseMax(lowest).cwiseMin(highest);
    const Vector decisions = quantized.row(t).template cast<double>();
    if (problem.has_mismatch()) alignment.step(xq, squared_norm, Vector::Zero(neurons));
    rounding.step(xq, squared_norm, inside - decisions);
    clipping.step(xq, squared_norm, argument - inside);
  }
  return {.alignment = alignment.dot(alignment),
          .rounding = rounding.dot(rounding),
          .clipping = clipping.dot(clipping),
          .alignment_rounding = 2 * alignment.dot(rounding),
          .alignment_clipping = 2 * alignment.dot(clipping),
          .rounding_clipping = 2 * rounding.dot(clipping)};
}

template <class S>
ErrorBudget error_budget_of_path(const LayerProblem<S>& problem, const RowMatrix<S>& quantized,
                                 const Alphabet& alphabet, const QuantizerTraits& traits,
                                 const ExecutionContext& execution) {
  if (traits.order == FeatureOrder::natural) return error_budget(problem, quantized, alphabet, traits, execution);
  const std::vector<Index> order = permutation(traits.order, problem.squared_norms());
  const RowMatrix<S> visited = quantized(order, Eigen::all);
  return error_budget(permuted_problem(traits.order, problem), visited, arranged(alphabet, order), traits, execution);
}
template ErrorBudget error_budget_of_path(const LayerProblem<float>&, const RowMatrix<float>&, const Alphabet&,
                                          const QuantizerTraits&, const ExecutionContext&);
template ErrorBudget error_budget_of_path(const LayerProblem<double>&, const RowMatrix<double>&, const Alphabet&,
                                          const QuantizerTraits&, const ExecutionContext&);

template ErrorBudget error_budget(const LayerProblem<float>&, const RowMatrix<float>&, const Alphabet&,
                                  const QuantizerTraits&, const ExecutionContext&);
template ErrorBudget error_budget(const LayerProblem<double>&, const RowMatrix<double>&, const Alphabet&,
                                  const QuantizerTraits&, const ExecutionContext&);

}  // namespace pathquant
