#include "core/alphabet/inferred.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

namespace pathquant {
namespace {

constexpr double rounding = 0x1p-20;  // tolerance for single-precision rounding, relative to the largest value
// A grid of more levels than 16 bits count is no alphabet: two values that are nearly equal would make one.
constexpr std::int64_t most_half_levels = 1 << 15;
constexpr std::size_t most_values = 1 << 16;

struct Grid {
  double unit = 1;  ///< g
  bool odd = true;  ///< every multiple is
  double largest = 0;
};

// The different values, ascending. Values at most `apart` apart count once.
std::vector<double> different(std::vector<double> values, double apart) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end(), [&](double a, double b) { return b - a <= apart; }),
               values.end());
  return values;
}

// Tests whether the ascending `numbers` are integer multiples of `unit`. Returns the first remainder larger than
// rounding, or nothing. Each number that fits refines `unit`, so that the error of a large multiple stays small.
std::optional<double> remainder(const std::vector<double>& numbers, double& unit) {
  const double apart = 8 * rounding * numbers.back();
  double products = 0;
  double squares = 0;
  for (const double number : numbers) {
    const double k = std::round(number / unit);
    const double left = std::abs(number - k * unit);
    if (left > apart) return left;
    products += k * number;
    squares += k * k;
    unit = products / squares;
  }
  return std::nullopt;
}

// The grid of values of which the largest has a magnitude from 1/2 to 1.
std::optional<Grid> grid_of_scaled(const std::vector<double>& values) {
  std::vector<double> sizes;
  for (const double value : values)
    if (value != 0) sizes.push_back(std::abs(value));
  Grid grid;
  grid.largest = *std::max_element(sizes.begin(), sizes.end());
  const std::vector<double> numbers = different(std::move(sizes), rounding * grid.largest);
  // Euclid's algorithm: the unit of two numbers is that of the smaller one and the remainder, at most half of it.
  const auto too_fine = [&](double unit) { return grid.largest > 2.0 * most_half_levels * unit; };
  grid.unit = numbers.front();
  if (too_fine(grid.unit)) return std::nullopt;
  while (const auto left = remainder(numbers, grid.unit)) {
    if (too_fine(*left)) return std::nullopt;
    grid.unit = *left;
  }
  const auto multiple = [&](double value) { return std::round(value / grid.unit); };
  grid.odd = std::all_of(values.begin(), values.end(), [&](double v) { return std::fmod(multiple(v), 2) != 0; });
  const bool fits = std::all_of(values.begin(), values.end(), [&](double value) {
    return std::abs(value - multiple(value) * grid.unit) <= rounding * grid.largest;
  });
  return fits ? std::optional(grid) : std::nullopt;
}

std::optional<Grid> grid_of(std::vector<double> values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  if (largest == 0) return Grid{.odd = false};
  // By a power of two, which changes no digit: so neither squares nor multiples of the values overflow.
  int exponent = 0;
  std::frexp(largest, &exponent);
  for (double& value : values) {
    const bool is_zero = value == 0;
    value = std::ldexp(value, -exponent);
    if (value == 0 && !is_zero) return std::nullopt;  // it is too small beside the largest for any grid
  }
  auto grid = grid_of_scaled(values);
  if (!grid) return std::nullopt;
  grid->unit = std::ldexp(grid->unit, exponent);
  grid->largest = largest;
  return grid->unit > 0 ? grid : std::nullopt;
}

std::vector<double> numbers_of(const RowMatrix<double>& values) {
  return {values.data(), values.data() + values.size()};
}

// One alphabet for all neurons, where each neuron has its own unit; nothing where it has too many levels.
std::optional<Alphabet> alphabet_of(const std::vector<Grid>& grids) {
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
  if (half > static_cast<double>(most_half_levels)) return std::nullopt;
  return alphabet;
}

}  // namespace

Alphabet inferred_alphabet(const RowMatrix<double>& values) {
  const std::vector<double> all = numbers_of(values);
  if (const auto grid = grid_of(all))
    if (auto alphabet = alphabet_of(std::vector<Grid>(static_cast<std::size_t>(values.cols()), *grid)))
      return std::move(*alphabet);
  std::vector<Grid> grids;
  for (Index j = 0; j < values.cols(); ++j) {
    const auto grid = grid_of(numbers_of(values.col(j)));
    if (!grid) break;
    grids.push_back(*grid);
  }
  if (static_cast<Index>(grids.size()) == values.cols())
    if (auto alphabet = alphabet_of(grids)) return std::move(*alphabet);
  const std::vector<double> list = different(all, 0);
  if (list.size() > most_values)
    throw std::domain_error(
        fmt::format("Q has {} different values and no common step: it is not quantized", list.size()));
  return {Vector::Ones(values.cols()), std::nullopt, AlphabetKind::list, list};
}

}  // namespace pathquant
