#include "experiments/results/cell_line.hpp"

#include <algorithm>
#include <cmath>

#include "experiments/sample_statistics/binomial.hpp"

namespace pathquant {
namespace {

// Chance of a mean of measured - factor value (with the sign that speaks against the line) as large as this one.
double chance_of_excess(const CellLine& line, double factor, double sign) {
  std::vector<double> excess(line.values.size());
  for (std::size_t i = 0; i < excess.size(); ++i) excess[i] = sign * (line.measured[i] - factor * line.values[i]);
  return chance_of_mean(excess, line.tolerance * moments(line.values).mean);
}

}  // namespace

std::size_t CellLine::violations() const {
  std::size_t count = 0;
  for (std::size_t i = 0; i < values.size(); ++i) count += measured[i] <= values[i] * (1 + tolerance) ? 0 : 1;
  return count;
}

std::optional<double> chance_if_true(const CellLine& line, std::size_t trials) {
  if (line.kind == BoundKind::upper) {
    if (!(std::pow(line.eta(), static_cast<double>(trials)) < refuted_below)) return std::nullopt;
    return chance_of_as_many(line.violations(), trials, line.eta());
  }
  if (line.values.size() < trials_to_judge_a_mean) return std::nullopt;
  switch (line.kind) {
    case BoundKind::upper_mean:
      return chance_of_excess(line, 1, 1);
    case BoundKind::lower_mean:
      return chance_of_excess(line, 1, -1);
    case BoundKind::prediction:
      return std::min(chance_of_excess(line, 1 + prediction_accuracy, 1),
                      chance_of_excess(line, 1 / (1 + prediction_accuracy), -1));
    default:
      return std::nullopt;
  }
}

std::optional<Interval> deciding_interval(const CellLine& line, std::size_t trials, std::size_t cells) {
  const double tail = refuted_below / static_cast<double>(cells);
  if (line.kind == BoundKind::upper) return clopper_pearson(line.violations(), trials, tail);
  if (line.values.size() < 2) return std::nullopt;
  return ratio_interval(line.values, line.measured, tail);
}

}  // namespace pathquant
