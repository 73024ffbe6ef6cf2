// Helpers for tests of input distributions.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/inputs/input_distribution.hpp"

namespace pathquant::testing {

/// The law as a config would make it. Throws std::invalid_argument for inadmissible parameters.
inline std::unique_ptr<InputDistribution> make_inputs(const std::string& name,
                                                      const std::map<std::string, Value>& given = {}) {
  const InputEntry* entry = Registry<InputEntry>::instance().find(name);
  if (entry == nullptr) throw std::logic_error("no input law " + name);
  return entry->make(Parameters(entry->description.parameters, given));
}

/// X, drawn in one block.
inline Matrix<double> draw_inputs(const InputDistribution& law, const std::string& key, Index samples, Index width) {
  Matrix<double> x(samples, width);
  law.open(key, samples, width)->columns(0, width, x.data());
  return x;
}

/// X, drawn in blocks of 1, 2, 3, ... columns from the last to the first.
inline Matrix<double> draw_inputs_in_blocks(const InputDistribution& law, const std::string& key, Index samples,
                                            Index width) {
  Matrix<double> x(samples, width);
  const auto source = law.open(key, samples, width);
  Index block = 1;
  for (Index end = width; end > 0; ++block) {
    const Index count = std::min(block, end);
    end -= count;
    source->columns(end, count, x.col(end).data());
  }
  return x;
}

/// Whether the values may be independent draws from the distribution function. By Dvoretzky, Kiefer and Wolfowitz with
/// Massart's constant, P(sup |F_n - F| > d) <= 2 exp(-2 n d^2): a false alarm has a probability of at most 1e-9.
template <class Distribution>
bool may_have_law(std::vector<double> values, Distribution distribution) {
  std::sort(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double f = distribution(values[i]);
    distance = std::max({distance, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
  }
  return distance <= std::sqrt(std::log(2 / 1e-9) / (2 * n));
}

inline double normal_distribution(double x, double sigma) {
  return 0.5 * std::erfc(-x / (sigma * std::sqrt(2.0)));
}
inline double uniform_distribution(double x, double low, double high) {
  return std::clamp((x - low) / (high - low), 0.0, 1.0);
}
inline std::vector<double> entries(const auto& matrix) {
  return {matrix.data(), matrix.data() + matrix.size()};
}

}  // namespace pathquant::testing
