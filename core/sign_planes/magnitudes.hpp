// Magnitudes of a vector, scaled to doubles that can be squared and summed without overflow or underflow.
//
//   symbol  meaning
//   x       n numbers, n >= 1, finite
//   a_i     |x_i| 2^-e; e = 0 for floats, whose squares and sums fit in a double; otherwise e is the exponent of the
//           largest, so that neither 1e300 nor denormal numbers leave the range
//   h_i     >= 0, weight of the squared error of x_i; 1 where no weights are given
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <type_traits>

#include "core/types.hpp"

namespace pathquant {

/// Weights h_i = 1, without storage.
struct EqualWeights {
  struct One {
    operator double() const { return 1; }
  };
  One operator[](std::size_t /*i*/) const { return {}; }
};

/// Mass of a set of magnitudes: weight B = sum h_i and moment A = sum h_i (a_i - c) about a centre c.
struct Mass {
  double weight = 0;
  double moment = 0;

  void add(double h, double distance) {
    weight += h;
    moment += h * distance;
  }
  Mass operator+(const Mass& other) const { return {weight + other.weight, moment + other.moment}; }
  Mass operator-(const Mass& other) const { return {weight - other.weight, moment - other.moment}; }
};

/// The largest |x_i|.
template <class S>
S largest_magnitude(std::span<const S> x) {
  // Several lanes, because the compiler does not vectorise a single chain of comparisons.
  constexpr std::size_t lanes = 16;
  S largest[lanes] = {};
  const std::size_t whole = x.size() / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes)
    for (std::size_t l = 0; l < lanes; ++l) {
      const S size = std::abs(x[i + l]);
      largest[l] = largest[l] < size ? size : largest[l];
    }
  for (std::size_t i = whole; i < x.size(); ++i) largest[0] = std::max(largest[0], std::abs(x[i]));
  return *std::max_element(largest, largest + lanes);
}

/// Scaling by a power of two: converts x_i to a_i and back.
template <class S>
class PowerOfTwoScale {
 public:
  explicit PowerOfTwoScale([[maybe_unused]] std::span<const S> x) {
    if constexpr (!std::is_same_v<S, float>) {
      const S largest = largest_magnitude(x);
      // Two factors, because 2^1074, which denormal numbers need, is not representable.
      const int exponent = largest > 0 ? std::ilogb(largest) : 0;
      for (int half = 0; half < 2; ++half) {
        const int part = half == 0 ? exponent / 2 : exponent - exponent / 2;
        down_[half] = std::ldexp(1.0, -part);
        up_[half] = std::ldexp(1.0, part);
      }
    }
  }

  double down(S number) const {
    if constexpr (std::is_same_v<S, float>)
      return number;
    else
      return number * down_[0] * down_[1];
  }
  S up(double a) const {
    if constexpr (std::is_same_v<S, float>)
      return static_cast<S>(a);
    else
      return a * up_[0] * up_[1];
  }

 private:
  double down_[2] = {1, 1};
  double up_[2] = {1, 1};
};

}  // namespace pathquant
