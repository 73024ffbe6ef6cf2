// Tests of every build of the decision kernels against the reference form of core/decision/levels.hpp, bit for bit, and
// of the margins.
#include "core/kernels/level_kernels.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

#include "core/decision/levels.hpp"
#include "tests/core/kernels/builds.hpp"

namespace pathquant::kernels {
namespace level_kernels_test {

constexpr double lambda = 0.375;

template <class S>
S shrunk(S c) {
  const S threshold = static_cast<S>(lambda);
  if (c > threshold) return c - threshold;
  if (c < -threshold) return c + threshold;
  return std::isnan(c) ? c : S(0);
}

Alphabet alphabet_of(AlphabetKind kind, std::optional<std::int64_t> half_levels, bool ties_to_lower) {
  return {Vector::Ones(1), half_levels, kind, {}, ties_to_lower};
}

// Arguments at and next to everything that a decision could trip over, and random ones.
template <class S>
std::vector<S> arguments() {
  using limits = std::numeric_limits<S>;
  std::vector<S> all = {S(0),
                        -S(0),
                        limits::min(),
                        -limits::min(),
                        limits::denorm_min(),
                        limits::max(),
                        -limits::max(),
                        limits::infinity(),
                        -limits::infinity(),
                        limits::quiet_NaN(),
                        S(1e7),
                        S(-1e7),
                        S(1e15),
                        S(-1e15)};
  for (int k = -24; k <= 24; ++k)
    for (const S unit : {S(0.25), S(0.3)}) {
      const S at = static_cast<S>(k) * unit / 2;
      all.insert(all.end(), {at, std::nextafter(at, S(100)), std::nextafter(at, S(-100))});
    }
  std::mt19937_64 engine(7);
  std::normal_distribution<double> normal;
  for (int i = 0; i < 500; ++i) all.push_back(static_cast<S>(normal(engine)));
  return all;
}

template <class S>
std::vector<Draw<S>> draws(std::size_t count) {
  std::mt19937_64 engine(8);
  std::vector<Draw<S>> all;
  for (std::size_t i = 0; i < count; ++i) {
    if constexpr (std::is_same_v<S, float>)
      all.push_back(i % 7 == 0 ? (i % 2 == 0 ? 0u : UINT32_MAX) : static_cast<std::uint32_t>(engine()));
    else
      all.push_back(i % 7 == 0 ? 0.0 : std::ldexp(static_cast<double>(engine() >> 11), -53));
  }
  return all;
}

template <class S>
struct Case {
  Alphabet alphabet;
  LevelRange<S> range;
};

template <class S>
std::vector<Case<S>> cases() {
  std::vector<Case<S>> all;
  for (const AlphabetKind kind : {AlphabetKind::midtread, AlphabetKind::midrise})
    for (const std::optional<std::int64_t> half_levels :
         {std::optional<std::int64_t>{}, std::optional<std::int64_t>{3}})
      for (const bool ties_to_lower : {false, true}) {
        const Alphabet alphabet = alphabet_of(kind, half_levels, ties_to_lower);
        LevelRange<S> range = Levels<S>(alphabet).range();
        range.threshold = static_cast<S>(lambda);
        all.push_back({alphabet, range});
      }
  return all;
}

TEST_CASE_TEMPLATE("Decisions of many neurons are those of one number at a time", S, float, double) {
  const std::vector<S> c = arguments<S>();
  const auto drawn = draws<S>(c.size());
  for (const auto* kernels : builds(baseline::level_kernels<S>(), fma::level_kernels<S>(), avx512::level_kernels<S>()))
    for (const auto& one : cases<S>()) {
      const LevelRange<S>& range = one.range;
      const Levels<S> levels(one.alphabet);
      // Counts that leave every remainder of a vector.
      for (std::size_t count = c.size() - 17; count <= c.size(); ++count) {
        std::vector<S> steps(count), q(count), expected(count);
        for (std::size_t j = 0; j < count; ++j) steps[j] = j % 3 == 0 ? S(0.25) : j % 3 == 1 ? S(0.3) : S(1e-3);
        const auto n = static_cast<std::ptrdiff_t>(count);
        const auto compare = [&](std::int64_t clipped, auto decide) {
          std::int64_t expected_clipped = 0;
          for (std::size_t j = 0; j < count; ++j) expected[j] = decide(c[j], steps[j], j, expected_clipped);
          CHECK(same(q, expected));
          CHECK(clipped == expected_clipped);
        };
        compare(
            kernels->nearest(range, n, c.data(), steps.data(), q.data(), nullptr),
            [&](S a, S step, std::size_t, std::int64_t& clipped) { return step * levels.nearest(a / step, clipped); });
        compare(kernels->stochastic(range, n, c.data(), steps.data(), drawn.data(), q.data(), nullptr),
                [&](S a, S step, std::size_t j, std::int64_t& clipped) {
                  return step * levels.stochastic(a / step, drawn[j], clipped);
                });
        compare(kernels->soft(range, n, c.data(), steps.data(), q.data(), nullptr),
                [&](S a, S step, std::size_t, std::int64_t& clipped) {
                  return step * levels.nearest(shrunk(a) / step, clipped);
                });
        compare(kernels->hard(range, n, c.data(), steps.data(), q.data(), nullptr),
                [&](S a, S step, std::size_t, std::int64_t& clipped) {
                  const S beyond = shrunk(a);
                  const S size = range.threshold + step * std::abs(levels.nearest(beyond / step, clipped));
                  return beyond == 0 ? S(0) : std::copysign(size, beyond);
                });
      }
    }
}

TEST_CASE("Within its margin an argument is decided alike, and just beyond a tight one it is not") {
  std::mt19937_64 engine(9);
  std::uniform_real_distribution<double> uniform(-2.0, 2.0);
  std::vector<double> c(4000), steps(c.size(), 0.3), q(c.size()), margin(c.size());
  for (double& a : c) a = uniform(engine);
  const auto drawn = draws<double>(c.size());
  const auto n = static_cast<std::ptrdiff_t>(c.size());
  for (const auto* kernels :
       builds(baseline::level_kernels<double>(), fma::level_kernels<double>(), avx512::level_kernels<double>()))
    for (const auto& test : cases<double>()) {
      const LevelRange<double>& range = test.range;
      const bool infinite = std::isinf(range.highest);
      const auto check = [&](auto decide, bool tight) {
        decide(c, margin.data(), q);
        for (const double side : {-1.0, 1.0}) {
          std::vector<double> moved = c, decided(c.size());
          for (std::size_t j = 0; j < c.size(); ++j) moved[j] += side * (margin[j] * (1 - 1e-9) - 1e-12);
          decide(moved, nullptr, decided);
          std::size_t changed = 0;
          for (std::size_t j = 0; j < c.size(); ++j) changed += margin[j] > 1e-11 && decided[j] != q[j] ? 1 : 0;
          CHECK(changed == 0);
        }
        // Beyond the margin of an infinite alphabet the decision changes on one side or the other.
        if (!infinite || !tight) return;
        std::vector<double> up = c, down = c, above(c.size()), below(c.size());
        for (std::size_t j = 0; j < c.size(); ++j) up[j] += margin[j] + 1e-9, down[j] -= margin[j] + 1e-9;
        decide(up, nullptr, above);
        decide(down, nullptr, below);
        std::size_t kept = 0;
        for (std::size_t j = 0; j < c.size(); ++j) kept += above[j] == q[j] && below[j] == q[j] ? 1 : 0;
        CHECK(kept == 0);
      };
      const auto with = [&](auto kernel) {
        return [&, kernel](const std::vector<double>& a, double* margins, std::vector<double>& out) {
          kernel(range, n, a.data(), steps.data(), out.data(), margins);
        };
      };
      check(with(kernels->nearest), true);
      check(with(kernels->soft), false);
      check(with(kernels->hard), false);
      check(
          [&](const std::vector<double>& a, double* margins, std::vector<double>& out) {
            kernels->stochastic(range, n, a.data(), steps.data(), drawn.data(), out.data(), margins);
          },
          true);
    }
}

}  // namespace level_kernels_test
}  // namespace pathquant::kernels
