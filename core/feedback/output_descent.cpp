#include "core/feedback/output_descent.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include "core/feedback/most_features.hpp"
#include "core/layer/gram_errors.hpp"
#include "core/layer/gram_inputs.hpp"
#include "core/linalg/product.hpp"
#include "core/parallel/team.hpp"

namespace pathquant {

template <class S>
OutputDescent<S>::OutputDescent(const LayerProblem<S>& problem, const ExecutionContext& execution)
    : problem_(problem), start_(problem.weights()) {
  const Index n = problem.shape().width;
  require_width(descent_holds, n);
  if (problem.holds_inputs()) columns_ = pack_inputs(problem.quantized_inputs());
  run_team(execution.threads(), [&](Team&) { problem.calibration().quantized_gram(); });
  const TriangleRows<S>& gram = problem.calibration().quantized_gram();
  Matrix<S> upper = Matrix<S>::Zero(n, n);
  lower_.emplace_back(n, [&](Index t, S* out) {
    for (Index s = 0; s < t; ++s) {
      const S inner = gram(t, s);
      out[s] = curvature(t) > 0 ? inner / curvature(t) : S(0);
      if (curvature(s) > 0) upper(s, t) = inner / curvature(s);
    }
  });
  upper_ = pack_inputs(upper);
  if (!problem.has_mismatch()) return;
  RowMatrix<S> right;
  if (const GramCalibration<S>* side = problem.gram_side()) {
    right = drift_products(*side, problem.weights(), execution).template cast<S>();
  } else {
    const Matrix<S>& xq = problem.quantized_inputs();
    drift_ = product(pack_inputs<S>(problem.inputs() - xq), problem.weights(), execution);
    right = product(pack_transposed(xq), drift_, execution);
  }
  for (Index t = 0; t < n; ++t)
    if (curvature(t) > 0) start_.row(t) += right.row(t) / curvature(t);
}

template <class S>
void OutputDescent<S>::sweep(RowMatrix<S>& v, const Step& step, const ExecutionContext& execution) const {
  RowMatrix<S> change = problem_.weights() - v;
  const RowMatrix<S> start = start_ + product(upper_, change, execution);
  const std::array<SweepTerm<S>, 1> terms = {{{&lower_.front(), &change}}};
  const std::vector<S> zeros(static_cast<std::size_t>(v.cols()), S(0));
  causal_sweep<S>(
      start, terms,
      [&](Index t, Index first, Index count, const S* c) {
        S* const row = v.row(t).data() + first;
        step(t, first, count, curvature(t) > 0 ? c : zeros.data(), row);
        const S* w = problem_.weights().row(t).data() + first;
        std::transform(w, w + count, row, change.row(t).data() + first, [](S a, S b) { return a - b; });
      },
      execution);
}

template <class S>
std::int64_t OutputDescent<S>::descend(RowMatrix<S>& v, const DecisionRule<S>& rule, std::int64_t most_sweeps,
                                       const ExecutionContext& execution) const {
  std::atomic<std::int64_t> clipped = 0;
  for (std::int64_t pass = 1;; ++pass) {
    const RowMatrix<S> before = v;
    sweep(
        v,
        [&](Index t, Index first, Index count, const S* c, S* row) {
          clipped += rule.decide_some(t, first, count, c, row, nullptr);
        },
        execution);
    if (pass == most_sweeps || v == before) return clipped;
  }
}

template <class S>
Vector OutputDescent<S>::energies(const RowMatrix<S>& v, const ExecutionContext& execution) const {
  if (const GramCalibration<S>* gram = problem_.gram_side()) {
    const std::vector<double> found = error_energies(*gram, problem_.weights(), v, execution);
    return Eigen::Map<const Vector>(found.data(), std::ssize(found));
  }
  RowMatrix<S> error = product<S>(columns_, problem_.weights() - v, execution);
  if (drift_.size() > 0) error += drift_;
  Vector energies = Vector::Zero(v.cols());
  for (Index i = 0; i < error.rows(); ++i)
    for (Index j = 0; j < error.cols(); ++j) {
      const auto u = static_cast<double>(error(i, j));
      energies(j) += u * u;
    }
  return energies;
}

double output_descent_cost(LayerShape shape, bool mismatch) {
  const auto m = static_cast<double>(shape.samples);
  const auto n = static_cast<double>(shape.width);
  return n * n * m / 2 + (mismatch ? 2 * m * n * static_cast<double>(shape.neurons) : 0);
}

double output_sweep_cost(LayerShape shape) {
  const auto n = static_cast<double>(shape.width);
  return 1.5 * n * n * static_cast<double>(shape.neurons);
}

template class OutputDescent<float>;
template class OutputDescent<double>;

}  // namespace pathquant
