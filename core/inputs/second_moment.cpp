#include "core/inputs/second_moment.hpp"

#include "core/kernels/column_kernels.hpp"

namespace pathquant {

SecondMoment uncorrelated_entries(Index width, double mean, double variance) {
  SecondMoment moment{Vector::Constant(width, variance)};
  if (mean == 0) return moment;
  moment.factors = 1;
  moment.factor = [=](Index, Index count) { return Matrix<double>::Constant(width, count, mean).eval(); };
  return moment;
}

SecondMoment arranged(const SecondMoment& moment, const std::vector<Index>& features) {
  SecondMoment result{moment.diagonal(features), moment.factors};
  if (moment.factors > 0)
    result.factor = [factor = moment.factor, features](Index first, Index count) {
      return Matrix<double>(factor(first, count)(features, Eigen::all));
    };
  return result;
}

double expected_energy(const SecondMoment& moment, const RowMatrix<double>& weights,
                       const ExecutionContext& execution) {
  double energy = 0;
  for (Index t = 0; t < weights.rows(); ++t) energy += moment.diagonal[t] * weights.row(t).squaredNorm();
  for_each_block(moment, [&](const Matrix<double>& factor) {
    RowMatrix<double> outputs = RowMatrix<double>::Zero(factor.cols(), weights.cols());
    const RowMatrix<double> rows = factor;
    for (Index t = 0; t < weights.rows(); ++t) {
      execution.poll();
      kernels::active<double>().update(outputs.rows(), outputs.cols(), rows.row(t).data(), weights.row(t).data(),
                                       outputs.data());
    }
    energy += outputs.squaredNorm();
  });
  return energy;
}

double trace(const SecondMoment& moment) {
  double sum = moment.diagonal.sum();
  for_each_block(moment, [&](const Matrix<double>& factor) { sum += factor.squaredNorm(); });
  return sum;
}

}  // namespace pathquant
