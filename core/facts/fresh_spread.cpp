#include "core/facts/fresh_spread.hpp"

#include "core/kernels/column_kernels.hpp"
#include "core/path_following/live_columns.hpp"
#include "core/path_following/path_growth.hpp"

namespace pathquant {
namespace {

// ||F^T M^{-1} D||_F^2 of one block of F's columns, over the live columns of Xq.
double factor_part(const Matrix<double>& inputs, const LiveColumns& live, const Matrix<double>& factor,
                   const ExecutionContext& execution) {
  const auto& kernels = kernels::active<double>();
  const Index count = factor.cols();
  const RowMatrix<double> rows = factor;
  RowMatrix<double> later = RowMatrix<double>::Zero(inputs.rows(), count);  // B_t
  Vector effect(count);                                                     // y_t
  double sum = 0;
  for (Index i = std::ssize(live.norms) - 1; i >= 0; --i) {
    execution.poll();
    const Index t = live.positions[i];
    kernels.project(inputs.rows(), count, inputs.col(t).data(), later.data(), effect.data());
    effect = rows.row(t).transpose() - effect;
    sum += effect.squaredNorm();
    effect /= live.norms[i] * live.norms[i];
    kernels.update(inputs.rows(), count, inputs.col(t).data(), effect.data(), later.data());
  }
  return sum;
}

}  // namespace

double fresh_spread_cost(LayerShape shape, const SecondMoment& moment) {
  const double inputs = static_cast<double>(shape.samples) * static_cast<double>(shape.width);
  const bool diagonal = moment.diagonal.size() > 0 && moment.diagonal.maxCoeff() > 0;
  return 4 * inputs * static_cast<double>(moment.factors) + (diagonal ? path_growth_cost(shape) : 0);
}

FreshSpread fresh_spread(const Matrix<double>& quantized_inputs, const SecondMoment& moment,
                         const ExecutionContext& execution) {
  FreshSpread spread;
  spread.memoryless = trace(moment);
  const LiveColumns live = live_columns(quantized_inputs);
  spread.dead_columns = quantized_inputs.cols() - std::ssize(live.norms);
  if (moment.diagonal.maxCoeff() > 0) {
    const Vector squared = squared_growths(quantized_inputs, execution);
    for (const Index t : live.positions) spread.path += moment.diagonal[t] * (1 + squared[t]);
  }
  for_each_block(moment, [&](const Matrix<double>& factor) {
    spread.path += factor_part(quantized_inputs, live, factor, execution);
  });
  return spread;
}

}  // namespace pathquant
