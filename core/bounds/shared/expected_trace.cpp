#include "core/bounds/shared/expected_trace.hpp"

#include <cmath>

#include "core/bounds/shared/column_moments.hpp"

namespace pathquant {

double expected_trace(const ColumnDistribution& columns, Index samples, Index width) {
  const auto m = static_cast<double>(samples);
  const auto n = static_cast<double>(width);
  const double forgotten = -std::expm1(n * std::log1p(-1.0 / m));  // 1 - (1 - 1/m)^N; 1 where m = 1
  return mean_squared_norm(columns, samples).value() * m * forgotten;
}

}  // namespace pathquant
