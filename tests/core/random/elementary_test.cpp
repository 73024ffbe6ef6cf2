// Tests of the elementary functions against libm in long double, whose errors are at most 2^-11 of one rounding in
// double. The error bounds are those derived in elementary.hpp.
#include "core/random/elementary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cfloat>
#include <random>
#include <vector>

namespace pathquant {
namespace elementary_test {

constexpr long double eps = 0x1p-53L;

long double relative_error(double value, long double exact) {
  return std::fabs((value - exact) / exact);
}

/// Around every place where the logarithm's reduction changes: powers of 2 and sqrt(2) times these, and 1 from below.
std::vector<double> delicate_arguments() {
  std::vector<double> arguments = {DBL_MIN, DBL_MAX, 0x1p-33, 1 - 0x1p-33, 1 - 0x1p-53, 1 + 0x1p-52};
  for (int k = -1020; k < 1020; ++k) {
    for (const double f : {1.0, std::sqrt(2.0)}) {
      double x = std::ldexp(f, k);
      for (int step = 0; step < 4; ++step) x = std::nextafter(x, 0.0);
      for (int step = 0; step < 8; ++step, x = std::nextafter(x, HUGE_VAL))
        if (x != 1.0) arguments.push_back(x);
    }
  }
  return arguments;
}

long double worst_log_error(const std::vector<double>& arguments) {
  long double worst = 0;
  for (const double x : arguments)
    worst = std::max(worst, relative_error(natural_log(x), std::log(static_cast<long double>(x))));
  return worst;
}

/// sin(2 pi v) for 0 <= v < 5/4. v is folded to [0, 1/4] before pi enters, without rounding since it has few bits, so
/// the relative error is small next to the zeros too.
long double sine_of_turns(long double v) {
  if (v >= 1) return sine_of_turns(v - 1);
  if (v > 0.5L) return -sine_of_turns(1 - v);
  if (v > 0.25L) return sine_of_turns(0.5L - v);
  return std::sin(2 * 3.14159265358979323846264338327950288L * v);
}

TEST_CASE("exact_double is the value of the word") {
  for (const std::uint32_t w : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xffffffffu})
    CHECK(exact_double(w) == static_cast<double>(w));
}

TEST_CASE("natural_log is within 5 roundings") {
  CHECK(natural_log(1.0) == 0.0);
  CHECK(static_cast<double>(worst_log_error(delicate_arguments()) / eps) < 5.0);

  std::mt19937_64 engine(1);
  std::vector<double> cells(100000), wide(20000);
  // What the normals ask for: midpoints of cells of width 2^-32; then arguments of all sizes.
  for (double& u : cells) u = (static_cast<double>(engine() >> 32) + 0.5) * 0x1p-32;
  for (double& x : wide)
    x = std::ldexp(1 + static_cast<double>(engine() >> 12) * 0x1p-52, static_cast<int>(engine() % 2000) - 1000);
  CHECK(static_cast<double>(worst_log_error(cells) / eps) < 5.0);
  CHECK(static_cast<double>(worst_log_error(wide) / eps) < 5.0);
}

TEST_CASE("cosine_sine is within 3 roundings of each") {
  std::vector<std::uint32_t> words;
  for (std::uint32_t eighth = 0; eighth < 8; ++eighth)  // quadrants and reductions change at multiples of 2^29
    for (std::uint32_t near = 0; near < 16; ++near) words.push_back((eighth << 29) + near - 8);
  std::mt19937 engine(2);
  for (int i = 0; i < 100000; ++i) words.push_back(static_cast<std::uint32_t>(engine()));

  long double worst = 0;
  for (const std::uint32_t w : words) {
    const long double turns = (static_cast<long double>(w) + 0.5L) * 0x1p-32L;
    double cosine = 0, sine = 0;
    cosine_sine(w, cosine, sine);
    worst = std::max(
        {worst, relative_error(cosine, sine_of_turns(turns + 0.25L)), relative_error(sine, sine_of_turns(turns))});
  }
  CHECK(static_cast<double>(worst / eps) < 3.0);
}

TEST_CASE("exponential is within 3 roundings") {
  CHECK(exponential(0.0) == 1.0);
  std::mt19937_64 engine(5);
  std::uniform_real_distribution<double> far(-largest_exponent, largest_exponent), near(-1.0, 1.0);
  std::vector<double> arguments = {largest_exponent, -largest_exponent, 0x1p-60, -0x1p-60};
  for (int i = 0; i < 200000; ++i) arguments.push_back(i % 2 == 0 ? far(engine) : near(engine));
  for (int k = -1000; k <= 1000; ++k)  // where the reduction changes
    arguments.push_back((k + 0.5) * 0x1.62e42fefa39efp-1);
  long double worst = 0;
  for (const double x : arguments)
    worst = std::max(worst, relative_error(exponential(x), std::exp(static_cast<long double>(x))));
  CHECK(static_cast<double>(worst / eps) < 3.0);
}

}  // namespace elementary_test
}  // namespace pathquant
