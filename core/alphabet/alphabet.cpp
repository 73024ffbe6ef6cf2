#include "core/alphabet/alphabet.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pathquant {

std::optional<std::int64_t> Alphabet::levels() const {
  if (kind == AlphabetKind::list) return static_cast<std::int64_t>(values.size());
  if (!half_levels) return std::nullopt;
  return 2 * *half_levels + (kind == AlphabetKind::midtread ? 1 : 0);
}

double Alphabet::largest(Index neuron) const {
  return largest_in_steps(kind, half_levels, values) * steps(neuron);
}

std::optional<std::int64_t> levels_used(const Alphabet& alphabet, const RowMatrix<double>& values) {
  if (alphabet.kind == AlphabetKind::list) return std::nullopt;
  const Vector largest = values.cwiseAbs().colwise().maxCoeff().transpose();
  const double steps = largest.cwiseQuotient(alphabet.steps).maxCoeff();
  const bool midrise = alphabet.kind == AlphabetKind::midrise;
  const double half = std::max(1.0, std::round(midrise ? steps + 0.5 : steps));
  if (!(half <= 5e14)) return std::nullopt;
  return 2 * static_cast<std::int64_t>(half) + (midrise ? 0 : 1);
}

double largest_in_steps(AlphabetKind kind, std::optional<std::int64_t> half_levels, const std::vector<double>& values) {
  if (kind == AlphabetKind::list) return std::max(std::abs(values.front()), std::abs(values.back()));
  if (!half_levels) return std::numeric_limits<double>::infinity();
  return static_cast<double>(*half_levels) - (kind == AlphabetKind::midrise ? 0.5 : 0.0);
}

}  // namespace pathquant
