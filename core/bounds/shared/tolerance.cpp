#include "core/bounds/shared/tolerance.hpp"

#include <algorithm>

namespace pathquant {

double rounding_tolerance(const LayerFacts& facts) {
  const double unit = facts.unit;
  const double steps_of_weights =
      facts.quantizer.own_levels ? 1 : facts.statistics.largest_weights.cwiseQuotient(facts.alphabet.steps).maxCoeff();
  const auto terms = static_cast<double>(facts.shape.samples) + static_cast<double>(facts.shape.width);
  return std::max(1e-12, unit * (4 * terms + 16)) + 8 * unit * steps_of_weights;
}

double rounding_tolerance(const BoundEntry& bound, const LayerFacts& facts, double value) {
  const double tolerance = rounding_tolerance(facts);
  if (!bound.terms || !(value > 0)) return tolerance;
  return tolerance * std::max(1.0, bound.terms(facts) / value);
}

}  // namespace pathquant
