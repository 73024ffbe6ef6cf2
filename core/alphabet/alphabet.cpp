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

std::int64_t Alphabet::stored_numbers() const {
  const RowMatrix<double> all = group > 0 ? group_steps : RowMatrix<double>(steps.transpose());
  const bool one_step = (all.array() == all(0, 0)).all();
  return (one_step ? 1 : all.size()) + zeros.size() + listed;
}

Alphabet arranged(const Alphabet& alphabet, const std::vector<Index>& order) {
  if (alphabet.group == 0) return alphabet;
  Alphabet result = alphabet;
  result.group = 1;
  std::vector<Index> groups;
  for (const Index feature : order) groups.push_back(feature / alphabet.group);
  result.group_steps = alphabet.group_steps(groups, Eigen::all);
  if (alphabet.zeros.size() > 0) result.zeros = alphabet.zeros(groups, Eigen::all);
  return result;
}

std::optional<std::int64_t> levels_used(const Alphabet& alphabet, const RowMatrix<double>& values) {
  if (alphabet.kind == AlphabetKind::list || alphabet.group > 0) return std::nullopt;
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
