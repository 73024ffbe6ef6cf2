#include "core/alphabet/inferred.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace pathquant {
namespace {

constexpr double rounding = 0x1p-20;  // of single precision, relative to the largest value
constexpr std::int64_t most_half_levels = 1 << 15;
constexpr std::size_t most_values = 1 << 16;

struct Grid {
  double unit = 1;  ///< g
  bool odd = true;  ///< every multiple is
  double largest = 0;
};

// The different values, ascending; those that are no farther apart count once.
std::vector<double> different(std::vector<double> values, double apart) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end(), [&](double a, double b) { return b - a <= apart; }),
               values.end());
  return values;
}

// Euclid's algorithm, where a remainder within rounding is none.
double common_unit(double a, double b, double apart) {
  while (b > apart) {
    a = std::abs(a - std::round(a / b) * b);
    std::swap(a, b);
  }
  return a;
}

std::optional<Grid> grid_of(const std::vector<double>& numbers) {
  Grid grid;
  for (const double value : numbers) grid.largest = std::max(grid.largest, std::abs(value));
  if (grid.largest == 0) return Grid{.odd = false};
  const std::vector<double> values = different(numbers, rounding * grid.largest);
  double unit = 0;
  for (const double value : values)
    unit = common_unit(std::max(unit, std::abs(value)), std::min(unit, std::abs(value)), 8 * rounding * grid.largest);
  if (grid.largest > 2.0 * most_half_levels * unit) return std::nullopt;
  // A sum over all values knows g better than any two of them.
  double products = 0;
  double squares = 0;
  for (const double value : values) {
    const double k = std::round(value / unit);
    products += k * value;
    squares += k * k;
    grid.odd = grid.odd && std::fmod(k, 2) != 0;
  }
  grid.unit = products / squares;
  const bool fits = std::all_of(values.begin(), values.end(), [&](double value) {
    return std::abs(value - std::round(value / grid.unit) * grid.unit) <= rounding * grid.largest;
  });
  return fits ? std::optional(grid) : std::nullopt;
}

std::vector<double> numbers_of(const RowMatrix<double>& values) {
  return {values.data(), values.data() + values.size()};
}

// One alphabet of all neurons, each with a unit of its own.
Alphabet alphabet_of(const std::vector<Grid>& grids) {
  // A neuron of one value, or of zeros, may be counted either way.
  const bool midrise = std::all_of(grids.begin(), grids.end(), [](const Grid& grid) { return grid.odd; });
  Alphabet alphabet;
  alphabet.kind = midrise ? AlphabetKind::midrise : AlphabetKind::midtread;
  alphabet.steps.resize(static_cast<Index>(grids.size()));
  double half = 1;
  for (std::size_t j = 0; j < grids.size(); ++j) {
    const double multiple = std::round(grids[j].largest / grids[j].unit);
    alphabet.steps(static_cast<Index>(j)) = midrise ? 2 * grids[j].unit : grids[j].unit;
    half = std::max(half, midrise ? (multiple + 1) / 2 : multiple);
  }
  alphabet.half_levels = static_cast<std::int64_t>(half);
  return alphabet;
}

}  // namespace

Alphabet inferred_alphabet(const RowMatrix<double>& values) {
  const std::vector<double> all = numbers_of(values);
  if (const auto grid = grid_of(all))
    return alphabet_of(std::vector<Grid>(static_cast<std::size_t>(values.cols()), *grid));
  std::vector<Grid> grids;
  for (Index j = 0; j < values.cols(); ++j) {
    const auto grid = grid_of(numbers_of(values.col(j)));
    if (!grid) break;
    grids.push_back(*grid);
  }
  if (static_cast<Index>(grids.size()) == values.cols()) return alphabet_of(grids);
  const std::vector<double> list = different(all, 0);
  if (list.size() > most_values)
    throw std::domain_error(
        fmt::format("Q has {} different values and no step that they share: it is not quantized", list.size()));
  return {Vector::Ones(values.cols()), std::nullopt, AlphabetKind::list, list};
}

}  // namespace pathquant
