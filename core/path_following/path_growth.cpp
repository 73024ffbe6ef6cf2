// With y = Xq_t/||Xq_t|| and a = S_{t-1} y the recursion is the symmetric update S_t = S_{t-1} - y b^T - b y^T,
// b = a - (y^T a + ||Xq_t||^2)/2 y. In the other form M = R M_1 R with R the diagonal of the norms and M_1 the unit
// lower triangle of Y^T Y, so M^{-1} D = R^{-1} M_1^{-1} R. The number of levels may depend on this, so the sums of the
// second form are the kernels': Eigen's products are cut by the sizes of the processor's caches.
#include "core/path_following/path_growth.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/kernels/column_kernels.hpp"
#include "core/layer/gram_inputs.hpp"
#include "core/path_following/live_columns.hpp"

namespace pathquant {
namespace {

using Dense = Matrix<double>;

Vector by_samples(const Dense& inputs, const LiveColumns& live, const ExecutionContext& execution) {
  const Index samples = inputs.rows();
  Dense covariance = Dense::Zero(samples, samples);  // its lower triangle
  Vector image(samples);
  Vector squared(std::ssize(live.norms));
  for (Index t = 0; t < squared.size(); ++t) {
    const Dense direction = normalised(inputs, live, t, 1, execution);
    const double squared_norm = live.norms[t] * live.norms[t];
    image.noalias() = covariance.selfadjointView<Eigen::Lower>() * direction.col(0);
    const double along = direction.col(0).dot(image);
    squared[t] = std::max(0.0, along / squared_norm);
    image -= (along + squared_norm) / 2.0 * direction.col(0);
    covariance.selfadjointView<Eigen::Lower>().rankUpdate(direction.col(0), image, -1.0);
  }
  return squared;
}

// `read_row(t, out)` writes row t of Y^T Y, of which what is left of the diagonal is wanted.
template <class ReadRow>
Vector by_triangle(const std::vector<double>& live_norms, const ReadRow& read_row, const ExecutionContext& execution) {
  const Index count = std::ssize(live_norms);
  RowMatrix<double> inverse = RowMatrix<double>::Zero(count, count);  // of M_1
  Vector gram(count);
  Vector row(count);
  const Eigen::Map<const Vector> norms(live_norms.data(), count);
  Vector squared(count);
  for (Index t = 0; t < count; ++t) {
    execution.poll();
    read_row(t, gram.data());
    kernels::active<double>().project(t, count, gram.data(), inverse.data(), row.data());
    inverse.row(t) = -row;
    inverse(t, t) = 1;
    squared[t] = (row.head(t).array() * norms.head(t).array()).matrix().squaredNorm() / (norms[t] * norms[t]);
  }
  return squared;
}

Vector by_columns(const Dense& inputs, const LiveColumns& live, const ExecutionContext& execution) {
  const Index count = std::ssize(live.norms);
  const Dense columns = normalised(inputs, live, 0, count, execution);
  const RowMatrix<double> rows = columns;
  const auto read_row = [&](Index t, double* out) {
    kernels::active<double>().project(inputs.rows(), count, columns.col(t).data(), rows.data(), out);
  };
  return by_triangle(live.norms, read_row, execution);
}

// Over the live columns.
PathGrowth sum_up(const Vector& squared_growths) {
  PathGrowth growth;
  for (const double squared : squared_growths) {
    if (squared < 0) continue;
    ++growth.live_columns;
    growth.largest = std::max(growth.largest, std::sqrt(squared));
    growth.sum_squares += squared;
  }
  return growth;
}

}  // namespace

double path_growth_cost(LayerShape shape) {
  const auto m = static_cast<double>(shape.samples);
  const auto n = static_cast<double>(shape.width);
  return n > m ? 2.5 * m * m * n : m * n * n + n * n * n / 2;
}

Vector squared_growths(const Matrix<double>& quantized_inputs, const ExecutionContext& execution) {
  const LiveColumns live = live_columns(quantized_inputs);
  const bool wide = std::ssize(live.norms) > quantized_inputs.rows();
  const Vector squared =
      wide ? by_samples(quantized_inputs, live, execution) : by_columns(quantized_inputs, live, execution);
  Vector all = Vector::Constant(quantized_inputs.cols(), -1.0);
  for (Index t = 0; t < squared.size(); ++t) all[live.positions[t]] = squared[t];
  return all;
}

PathGrowth path_growth(const Matrix<double>& quantized_inputs, const ExecutionContext& execution) {
  return sum_up(squared_growths(quantized_inputs, execution));
}

PathGrowth path_growth(const TriangleRows<double>& gram, Index features, const ExecutionContext& execution) {
  LiveColumns live;
  for (Index t = 0; t < features; ++t) {
    if (gram(t, t) < std::numeric_limits<double>::min()) continue;
    live.positions.push_back(t);
    live.norms.push_back(std::sqrt(gram(t, t)));
  }
  const auto read_row = [&](Index t, double* out) {
    for (Index k = 0; k < t; ++k) {
      const auto a = static_cast<std::size_t>(t), b = static_cast<std::size_t>(k);
      out[k] = gram(live.positions[a], live.positions[b]) / (live.norms[a] * live.norms[b]);
    }
  };
  return sum_up(by_triangle(live.norms, read_row, execution));
}

}  // namespace pathquant
