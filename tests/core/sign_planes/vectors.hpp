// Vectors that are hard for solvers, and the squared error of an approximation.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/random/elementary.hpp"
#include "core/random/stream.hpp"
#include "core/types.hpp"

namespace pathquant::testing {

using Wide = long double;  // its range holds the squares of 1e300 and of denormal numbers

template <class S>
std::vector<S> normals(const std::string& key, std::size_t count) {
  std::vector<double> numbers(count);
  Stream(key).normals(0, 0, static_cast<Index>(count), numbers.data());
  return {numbers.begin(), numbers.end()};
}

inline std::vector<double> uniforms(const std::string& key, std::size_t count) {
  std::vector<double> numbers(count);
  Stream(key).uniforms(0, 0, static_cast<Index>(count), numbers.data());
  return numbers;
}

/// sum h_i (x_i - q_i)^2; h empty: 1 each.
template <class S>
Wide squared_error(const std::vector<S>& x, const std::vector<S>& q, std::span<const double> h = {}) {
  Wide sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Wide difference = static_cast<Wide>(x[i]) - static_cast<Wide>(q[i]);
    sum += (h.empty() ? 1 : static_cast<Wide>(h[i])) * difference * difference;
  }
  return sum;
}

/// What levels rounded to S may add to a squared error.
template <class S>
Wide rounding_of_levels(const std::vector<S>& x, std::span<const double> h = {}) {
  Wide largest = 0;
  Wide weight = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<Wide>(x[i])));
    weight += h.empty() ? 1 : static_cast<Wide>(h[i]);
  }
  const Wide unit =
      std::max<Wide>(4 * std::numeric_limits<S>::epsilon() * largest, std::numeric_limits<S>::denorm_min());
  return weight * unit * unit;
}

template <class S>
struct NamedVector {
  std::string name;
  std::vector<S> x;
};

/// Ties, constants, zeros, one and two elements, the ends of the range.
template <class S>
std::vector<NamedVector<S>> degenerate_vectors() {
  constexpr S tiny = std::numeric_limits<S>::denorm_min();
  constexpr S huge = std::numeric_limits<S>::max();
  const S large = sizeof(S) == 8 ? S(1e300) : S(1e38);
  return {
      {"zero", {0}},
      {"zeros", {0, 0, 0}},
      {"negative zero", {S(-0.0), S(0.0)}},
      {"one", {S(-0.7)}},
      {"two", {S(0.1), S(-1)}},
      {"equal", {S(0.1), S(-0.1), S(0.1), S(0.1), S(-0.1), S(0.1)}},
      {"two values", {S(0.3), S(-0.3), S(5), S(0.3), S(-5)}},
      {"ties", {1, 2, 2, 3, -1, -2, 2}},
      {"halfway", {0, 1, 2}},
      {"outlier", {0, 0, 0, 4}},
      {"published failure", {S(.1), 1, 1, 1}},
      {"published loss", {S(.1), S(.2), 1}},
      {"with zeros", {0, 0, 0, 1, S(-1.5)}},
      {"nearly equal", {1, 1 + std::numeric_limits<S>::epsilon(), 1 + 3 * std::numeric_limits<S>::epsilon(), -1}},
      {"denormal", {tiny, -tiny, 2 * tiny, 7 * tiny}},
      {"one denormal", {tiny}},
      {"denormal beside one", {tiny, 1, S(-0.5)}},
      {"many denormals", {1000 * tiny, -20000 * tiny, 700000 * tiny, 650000 * tiny, -3 * tiny}},
      {"large", {large, -large / 2, large / 3, large}},
      {"largest", {huge, -huge, huge}},
      {"largest and zero", {huge, 0}},
      {"whole range", {huge, tiny, -1, 0}},
  };
}

/// `count` numbers of many kinds of law.
template <class S>
std::vector<NamedVector<S>> laws(const std::string& key, std::size_t count) {
  std::vector<NamedVector<S>> list;
  const auto add = [&](const std::string& name, auto number) {
    const auto u = uniforms(key + "/u/" + name, count);
    const auto g = normals<double>(key + "/g/" + name, count);
    std::vector<S> x(count);
    for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<S>(number(g[i], u[i]));
    list.push_back({name, std::move(x)});
  };
  const auto signed_size = [](double sign, double size) { return sign < 0 ? -size : size; };
  add("normal", [](double g, double) { return g; });
  add("uniform", [](double, double u) { return 2 * u - 1; });
  add("laplace", [&](double g, double u) { return signed_size(g, -natural_log(u + 0x1p-54)); });
  add("heavy tails", [](double g, double u) { return g / (u * u + 1e-9); });
  add("thirty decades", [&](double g, double u) { return signed_size(g, std::pow(10, 30 * u - 15)); });
  add("integers", [](double g, double) { return std::round(2 * g); });
  add("ternary", [](double g, double) { return std::round(g / 3); });
  add("mostly zero", [](double g, double u) { return u < 0.95 ? 0 : g; });
  add("nearly equal", [&](double g, double u) { return signed_size(g, 1 + 1e-5 * u); });
  add("two clusters", [&](double g, double u) { return signed_size(u - 0.5, (g > 1 ? 3 : 1) + 1e-4 * g); });
  add("one outlier", [&](double g, double u) { return u < 1.5 / static_cast<double>(count) ? 1e4 : g; });
  return list;
}

}  // namespace pathquant::testing
