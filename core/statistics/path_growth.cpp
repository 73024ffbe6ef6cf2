// With y = Xq_t/||Xq_t|| and a = S_{t-1} y the recursion is the symmetric update S_t = S_{t-1} - y b^T - b y^T,
// b = a - (y^T a + ||Xq_t||^2)/2 y. In the other form M = R M_1 R with R the diagonal of the norms and M_1 the unit
// lower triangle of Y^T Y, so M^{-1} D = R^{-1} M_1^{-1} R.
#include "core/statistics/path_growth.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "core/statistics/live_columns.hpp"

namespace pathquant {
namespace {

using Dense = Matrix<double>;

void add(double squared, PathGrowth& growth) {
  growth.largest = std::max(growth.largest, std::sqrt(squared));
  growth.sum_squares += squared;
}

PathGrowth by_samples(const Dense& inputs, const LiveColumns& live, const Interrupt& interrupt) {
  const Index samples = inputs.rows();
  Dense covariance = Dense::Zero(samples, samples);  // its lower triangle
  Vector image(samples);
  PathGrowth growth;
  for (Index t = 0; t < std::ssize(live.norms); ++t) {
    const Dense direction = normalised(inputs, live, t, 1, interrupt);
    const double squared_norm = live.norms[t] * live.norms[t];
    image.noalias() = covariance.selfadjointView<Eigen::Lower>() * direction.col(0);
    const double along = direction.col(0).dot(image);
    add(std::max(0.0, along / squared_norm), growth);
    image -= (along + squared_norm) / 2.0 * direction.col(0);
    covariance.selfadjointView<Eigen::Lower>().rankUpdate(direction.col(0), image, -1.0);
  }
  return growth;
}

PathGrowth by_columns(const Dense& inputs, const LiveColumns& live, const Interrupt& interrupt) {
  const Index count = std::ssize(live.norms);
  const Dense columns = normalised(inputs, live, 0, count, interrupt);
  const Dense gram = columns.transpose() * columns;
  const Dense inverse = gram.triangularView<Eigen::UnitLower>().solve(Dense::Identity(count, count));
  const Eigen::Map<const Vector> norms(live.norms.data(), count);
  PathGrowth growth;
  for (Index t = 0; t < count; ++t) {
    interrupt.poll();
    add((inverse.row(t).head(t).transpose().array() * norms.head(t).array()).matrix().squaredNorm() /
            (norms[t] * norms[t]),
        growth);
  }
  return growth;
}

}  // namespace

PathGrowth path_growth(const Matrix<double>& quantized_inputs, const Interrupt& interrupt) {
  const LiveColumns live = live_columns(quantized_inputs);
  const bool wide = std::ssize(live.norms) > quantized_inputs.rows();
  PathGrowth growth =
      wide ? by_samples(quantized_inputs, live, interrupt) : by_columns(quantized_inputs, live, interrupt);
  growth.live_columns = std::ssize(live.norms);
  return growth;
}

}  // namespace pathquant
