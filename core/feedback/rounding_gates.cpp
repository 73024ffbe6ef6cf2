#include "core/feedback/rounding_gates.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/decision/levels.hpp"
#include "core/feedback/most_features.hpp"
#include "core/layer/gram_errors.hpp"
#include "core/layer/gram_inputs.hpp"
#include "core/linalg/product.hpp"
#include "core/parallel/team.hpp"
#include "core/random/elementary.hpp"

namespace pathquant {
namespace {

// h = stretch s - margin, which is 0 and 1 at -closing and closing: log((1 + margin)/(stretch - margin - 1)) = log 11.
constexpr double stretch = 1.2;
constexpr double margin = 0.1;
constexpr double closing = 0x1.32ee3b77f374cp+1;

// dloss/dh of the regulariser.
double pull(double h, GateRegularizer regularizer) {
  if (regularizer.weight == 0) return 0;
  const double side = 2 * h - 1, size = std::abs(side);
  if (!(size >= std::numeric_limits<double>::min())) return 0;
  const double exponent = std::max((regularizer.exponent - 1) * natural_log(size), -largest_exponent);
  return -2 * regularizer.weight * regularizer.exponent * std::copysign(exponential(exponent), side);
}

// Xq^T Xq over the mean of its diagonal entries that are not 0, and that mean.
template <class S>
std::pair<Matrix<double>, double> normalised_gram(const LayerProblem<S>& problem, const ExecutionContext& execution) {
  const Index n = problem.shape().width;
  double total = 0, live = 0;
  for (const S norm : problem.squared_norms()) {
    total += static_cast<double>(norm);
    live += norm > 0 ? 1 : 0;
  }
  const double mean = live > 0 ? total / live : 1;
  run_team(execution.threads(), [&](Team&) { problem.calibration().quantized_gram(); });
  const TriangleRows<S>& gram = problem.calibration().quantized_gram();
  Matrix<double> normalised(n, n);
  for (Index t = 0; t < n; ++t)
    for (Index s = 0; s <= t; ++s) normalised(t, s) = normalised(s, t) = static_cast<double>(gram(t, s)) / mean;
  return {std::move(normalised), mean};
}

// Xq^T (X - Xq) W
template <class S>
RowMatrix<double> drift_of(const LayerProblem<S>& problem, const ExecutionContext& execution) {
  if (const GramCalibration<S>* gram = problem.gram_side()) return drift_products(*gram, problem.weights(), execution);
  const Matrix<double> xq = problem.quantized_inputs().template cast<double>();
  const Matrix<double> difference = problem.inputs().template cast<double>() - xq;
  const RowMatrix<double> moved =
      product(pack_inputs(difference), RowMatrix<double>(problem.weights().template cast<double>()), execution);
  return product(pack_transposed(xq), moved, execution);
}

}  // namespace

double gate(double v) {
  if (v >= closing) return 1;
  if (v <= -closing) return 0;
  return std::clamp(stretch / (1 + exponential(-v)) - margin, 0.0, 1.0);
}

template <class S>
RoundingGates<S>::RoundingGates(const LayerProblem<S>& problem, const Alphabet& alphabet,
                                const ExecutionContext& execution) {
  const auto [samples, width, neurons] = problem.shape();
  require_width(gates_hold, width);
  for (RowMatrix<S>* const levels : {&below_, &above_}) levels->resize(width, neurons);
  for (RowMatrix<double>* const steps : {&offset_, &gap_}) steps->resize(width, neurons);
  const Levels<S> levels(alphabet);
  const BlockSteps<S> block_steps(alphabet);
  for (Index t = 0; t < width; ++t) {
    execution.poll();
    const S* steps = block_steps.steps(t);
    const S* zeros = block_steps.zeros(t);
    for (Index j = 0; j < neurons; ++j) {
      const S w = problem.weights()(t, j);
      const S zero = zeros == nullptr ? 0 : zeros[j];
      const auto [below, above] = levels.neighbours(w / steps[j] + zero, clipped_);
      below_(t, j) = steps[j] * (below - zero);
      above_(t, j) = steps[j] * (above - zero);
      const double unit = alphabet.steps(j);
      offset_(t, j) = (static_cast<double>(below_(t, j)) - static_cast<double>(w)) / unit;
      gap_(t, j) = (static_cast<double>(above_(t, j)) - static_cast<double>(below_(t, j))) / unit;
    }
  }
  const auto [gram, mean] = normalised_gram(problem, execution);
  hessian_ = pack_inputs(gram);
  if (!problem.has_mismatch()) return;
  drift_ = drift_of(problem, execution);
  for (Index j = 0; j < neurons; ++j) drift_.col(j) /= mean * alphabet.steps(j);
}

template <class S>
RowMatrix<double> RoundingGates<S>::start() const {
  RowMatrix<double> v = RowMatrix<double>::Constant(gap_.rows(), gap_.cols(), closing);
  for (Index t = 0; t < v.rows(); ++t)
    for (Index j = 0; j < v.cols(); ++j) {
      if (!(gap_(t, j) > 0)) continue;
      const double h = std::clamp(-offset_(t, j) / gap_(t, j), 0.0, 1.0);
      v(t, j) = natural_log((h + margin) / (stretch - margin - h));
    }
  return v;
}

template <class S>
RowMatrix<double> RoundingGates<S>::gradient(const RowMatrix<double>& v, GateRegularizer regularizer,
                                             const ExecutionContext& execution) const {
  const auto for_rows = [&](auto&& row) {
    std::atomic<Index> next = 0;
    run_team(execution.threads(), [&](Team& team) { team.share(next, v.rows(), row); });
  };
  RowMatrix<double> gates(v.rows(), v.cols()), change(v.rows(), v.cols());
  for_rows([&](Index t) {
    for (Index j = 0; j < v.cols(); ++j) {
      gates(t, j) = gate(v(t, j));
      change(t, j) = std::fma(gates(t, j), gap_(t, j), offset_(t, j));
    }
  });
  RowMatrix<double> result = product(hessian_, change, execution);
  if (drift_.size() > 0) result -= drift_;
  for_rows([&](Index t) {
    for (Index j = 0; j < v.cols(); ++j) {
      const double h = gates(t, j);
      const double slope = (h + margin) * (stretch - margin - h) / stretch;  // stretch s(1 - s)
      result(t, j) = h > 0 && h < 1 ? (2 * result(t, j) * gap_(t, j) + pull(h, regularizer)) * slope : 0;
    }
  });
  return result;
}

double rounding_gates_cost(LayerShape shape, bool mismatch) {
  const auto m = static_cast<double>(shape.samples);
  const auto n = static_cast<double>(shape.width);
  return n * n * m / 2 + (mismatch ? 2 * m * n * static_cast<double>(shape.neurons) : 0);
}

double gate_gradient_cost(LayerShape shape) {
  const auto n = static_cast<double>(shape.width);
  return (n + 100) * n * static_cast<double>(shape.neurons);
}

template class RoundingGates<float>;
template class RoundingGates<double>;

}  // namespace pathquant
