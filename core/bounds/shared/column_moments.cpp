#include "core/bounds/shared/column_moments.hpp"

#include <cmath>

namespace pathquant {

bool without_preference(const ColumnDistribution& columns) {
  return columns.gaussian_sigma || columns.ball_radius || columns.symmetric;
}

std::optional<double> mean_squared_norm(const ColumnDistribution& columns, Index samples) {
  const auto m = static_cast<double>(samples);
  if (columns.gaussian_sigma) return *columns.gaussian_sigma * *columns.gaussian_sigma * m;
  if (columns.ball_radius) return *columns.ball_radius * *columns.ball_radius * m / (m + 2.0);
  if (columns.entry_second_moment) return m * *columns.entry_second_moment;
  return std::nullopt;
}

std::optional<double> largest_norm(const ColumnDistribution& columns, Index samples) {
  std::optional<double> least;
  const auto take = [&least](double bound) {
    if (!least || bound < *least) least = bound;
  };
  if (columns.ball_radius) take(*columns.ball_radius);
  if (columns.norm_bound) take(*columns.norm_bound);
  if (columns.entry_bound) take(*columns.entry_bound * std::sqrt(static_cast<double>(samples)));
  return least;
}

}  // namespace pathquant
