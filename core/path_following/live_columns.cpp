#include "core/path_following/live_columns.hpp"

#include <cmath>
#include <limits>

namespace pathquant {

LiveColumns live_columns(const Matrix<double>& inputs) {
  LiveColumns live;
  for (Index t = 0; t < inputs.cols(); ++t) {
    const double squared = inputs.col(t).squaredNorm();
    if (squared < std::numeric_limits<double>::min()) continue;
    live.positions.push_back(t);
    live.norms.push_back(std::sqrt(squared));
  }
  return live;
}

Matrix<double> normalised(const Matrix<double>& inputs, const LiveColumns& live, Index first, Index count,
                          const ExecutionContext& execution) {
  Matrix<double> columns(inputs.rows(), count);
  for (Index i = 0; i < count; ++i) {
    execution.poll();
    columns.col(i) = inputs.col(live.positions[first + i]) / live.norms[first + i];
  }
  return columns;
}

}  // namespace pathquant
