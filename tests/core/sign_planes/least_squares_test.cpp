#include "core/sign_planes/least_squares.hpp"

#include <doctest/doctest.h>

#include "tests/core/sign_planes/vectors.hpp"

using namespace pathquant;
using namespace pathquant::testing;

namespace least_squares_test {

template <class S>
std::vector<S> folded(const std::vector<S>& x, const PlaneScales<S>& scales) {
  std::vector<S> q(x.size());
  fold<S>(x, scales, q.data());
  return q;
}

template <class S>
Wide error(const std::vector<S>& x, const PlaneScales<S>& scales, std::span<const double> h = {}) {
  return squared_error(x, folded(x, scales), h);
}

Wide weight_of(std::span<const double> h, std::size_t i) {
  return h.empty() ? 1 : static_cast<Wide>(h[i]);
}

// The least error with these two sign patterns (bits of i: the sign of x_i) and any two scales.
template <class S>
Wide least_error_of_signs(const std::vector<S>& x, std::span<const double> h, unsigned b1, unsigned b2) {
  const auto sign = [](unsigned bits, std::size_t i) { return (bits >> i & 1) != 0 ? Wide(1) : Wide(-1); };
  Wide weight = 0, cross = 0, g1 = 0, g2 = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    weight += weight_of(h, i);
    cross += weight_of(h, i) * sign(b1, i) * sign(b2, i);
    g1 += weight_of(h, i) * sign(b1, i) * static_cast<Wide>(x[i]);
    g2 += weight_of(h, i) * sign(b2, i) * static_cast<Wide>(x[i]);
  }
  if (weight == 0) return 0;
  const Wide determinant = weight * weight - cross * cross;
  const bool parallel = std::abs(determinant) <= 1e-15L * weight * weight;
  const Wide v1 = parallel ? g1 / weight : (weight * g1 - cross * g2) / determinant;
  const Wide v2 = parallel ? 0 : (weight * g2 - cross * g1) / determinant;
  Wide sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const Wide rest = static_cast<Wide>(x[i]) - v1 * sign(b1, i) - v2 * sign(b2, i);
    sum += weight_of(h, i) * rest * rest;
  }
  return sum;
}

template <class S>
Wide brute_force_ls2(const std::vector<S>& x, std::span<const double> h = {}) {
  Wide least = std::numeric_limits<Wide>::infinity();
  const unsigned patterns = 1u << x.size();
  for (unsigned b1 = 0; b1 < patterns; ++b1)
    for (unsigned b2 = b1; b2 < patterns; ++b2) least = std::min(least, least_error_of_signs(x, h, b1, b2));
  return least;
}

// Every choice of which x_i become 0; the others take their own sign, and the best common size.
template <class S>
Wide brute_force_lst(const std::vector<S>& x, std::span<const double> h = {}) {
  Wide least = std::numeric_limits<Wide>::infinity();
  for (unsigned kept = 0; kept < 1u << x.size(); ++kept) {
    Wide sum = 0, weight = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      if ((kept >> i & 1) != 0) {
        sum += weight_of(h, i) * std::abs(static_cast<Wide>(x[i]));
        weight += weight_of(h, i);
      }
    const Wide size = weight > 0 ? sum / weight : 0;
    Wide total = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Wide rest = std::abs(static_cast<Wide>(x[i])) - ((kept >> i & 1) != 0 ? size : 0);
      total += weight_of(h, i) * rest * rest;
    }
    least = std::min(least, total);
  }
  return least;
}

// The same minima by trying all cuts of the sorted magnitudes, for any length.
template <class S>
std::pair<Wide, Wide> by_all_cuts(const std::vector<S>& x) {
  std::vector<Wide> a(x.begin(), x.end());
  for (Wide& size : a) size = std::abs(size);
  std::sort(a.begin(), a.end());
  std::vector<Wide> low(a.size() + 1), high(a.size() + 1), zeroed(a.size() + 1);
  Wide mean = 0, spread = 0, energy = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {  // Welford's update
    const Wide step = a[k] - mean;
    mean += step / static_cast<Wide>(k + 1);
    spread += step * (a[k] - mean);
    energy += a[k] * a[k];
    low[k + 1] = spread;
    zeroed[k + 1] = energy;
  }
  mean = spread = 0;
  for (std::size_t k = a.size(); k-- > 0;) {
    const Wide step = a[k] - mean;
    mean += step / static_cast<Wide>(a.size() - k);
    spread += step * (a[k] - mean);
    high[k] = spread;
  }
  Wide ls2 = std::numeric_limits<Wide>::infinity(), lst = ls2;
  for (std::size_t k = 0; k < a.size(); ++k) {
    ls2 = std::min(ls2, low[k] + high[k]);
    lst = std::min(lst, zeroed[k] + high[k]);
  }
  return {ls2, lst};
}

template <class S>
void check_equals(Wide measured, Wide optimum, const std::vector<S>& x, std::span<const double> h = {}) {
  CHECK(static_cast<double>(measured - optimum) <= static_cast<double>(1e-9L * optimum + rounding_of_levels(x, h)));
  CHECK(static_cast<double>(optimum - measured) <= static_cast<double>(1e-9L * optimum + rounding_of_levels(x, h)));
}

// LS-2 <= GF-2 <= LS-1 and LS-2 <= LS-T <= LS-1, and scales that are no more than the weights.
template <class S>
void check_order(const std::vector<S>& x) {
  const Wide slack = rounding_of_levels(x);
  const Wide one = error(x, ls1<S>(x));
  const Wide two = error(x, ls2<S>(x));
  const Wide ternary = error(x, lst<S>(x));
  const Wide greedy = error(x, gf<S>(x, 2));
  const auto at_most = [&](Wide a, Wide b) { CHECK(a <= b * (1 + 1e-12L) + slack); };
  at_most(two, greedy);
  at_most(greedy, one);
  at_most(two, ternary);
  at_most(ternary, one);
  for (const S q : folded(x, ls2<S>(x))) CHECK(std::isfinite(q));
}

TEST_CASE_TEMPLATE("LS-2 and LS-T are the best over all scales and signs: 1000 random short vectors", S, float,
                   double) {
  for (std::size_t draw = 0; draw < 1000; ++draw) {
    const std::size_t count = 1 + draw % 6;
    CAPTURE(draw);
    std::vector<S> x = normals<S>("brute force/" + std::to_string(draw), count);
    if (draw % 3 == 0)
      for (S& number : x) number = std::round(2 * number) / 2;  // ties and zeros
    check_equals(error(x, ls2<S>(x)), brute_force_ls2(x), x);
    check_equals(error(x, lst<S>(x)), brute_force_lst(x), x);
    check_order(x);
  }
}

TEST_CASE_TEMPLATE("Ties, constants, zeros, one and two elements and the ends of the range", S, float, double) {
  for (const auto& [name, x] : degenerate_vectors<S>()) {
    CAPTURE(name);
    check_equals(error(x, ls2<S>(x)), brute_force_ls2(x), x);
    check_equals(error(x, lst<S>(x)), brute_force_lst(x), x);
    check_order(x);
  }
}

TEST_CASE_TEMPLATE("Long vectors of many laws reach the best of all cuts", S, float, double) {
  for (const std::size_t count : {257u, 1000u, 6007u})
    for (const auto& [name, x] : laws<S>("long/" + std::to_string(count), count)) {
      CAPTURE(name);
      CAPTURE(count);
      const auto [best2, best_ternary] = by_all_cuts(x);
      check_equals(error(x, ls2<S>(x)), best2, x);
      check_equals(error(x, lst<S>(x)), best_ternary, x);
      check_order(x);
    }
}

TEST_CASE("The cuts agree with brute force themselves") {
  for (std::size_t draw = 0; draw < 100; ++draw) {
    const std::vector<double> x = normals<double>("cuts/" + std::to_string(draw), 1 + draw % 6);
    const auto [best2, best_ternary] = by_all_cuts(x);
    check_equals(best2, brute_force_ls2(x), x);
    check_equals(best_ternary, brute_force_lst(x), x);
  }
}

TEST_CASE_TEMPLATE("Weights of the squared errors: brute force, and repetition for whole numbers", S, float, double) {
  for (std::size_t draw = 0; draw < 200; ++draw) {
    const std::size_t count = 1 + draw % 6;
    CAPTURE(draw);
    const std::vector<S> x = normals<S>("weighted/" + std::to_string(draw), count);
    std::vector<double> h = uniforms("weighted/h/" + std::to_string(draw), count);
    if (draw % 4 == 0) h[draw / 4 % count] = 0;
    check_equals(error(x, ls2<S>(x, h), h), brute_force_ls2(x, h), x, h);
    check_equals(error(x, lst<S>(x, h), h), brute_force_lst(x, h), x, h);
  }
  for (const std::size_t count : {40u, 900u})
    for (const auto& [name, x] : laws<S>("repeated/" + std::to_string(count), count)) {
      CAPTURE(name);
      std::vector<double> h(count);
      std::vector<S> repeated;
      for (std::size_t i = 0; i < count; ++i) {
        h[i] = static_cast<double>(i % 4);
        repeated.insert(repeated.end(), i % 4, x[i]);
      }
      check_equals(error(x, ls1<S>(x, h), h), error(repeated, ls1<S>(repeated)), repeated);
      check_equals(error(x, ls2<S>(x, h), h), error(repeated, ls2<S>(repeated)), repeated);
      check_equals(error(x, lst<S>(x, h), h), error(repeated, lst<S>(repeated)), repeated);
      check_equals(error(x, gf<S>(x, 3, h), h), error(repeated, gf<S>(repeated, 3)), repeated);
    }
  const std::vector<S> x = {1, 2};
  CHECK(ls2<S>(x, std::vector<double>{0, 0}) == PlaneScales<S>{0, 0});
}

TEST_CASE_TEMPLATE("LS-1 is the mean magnitude, and GF-k subtracts the mean magnitude k times", S, float, double) {
  const std::vector<S> x = {1, -2, 3, 0, -4, 6, -5, 3};
  CHECK(ls1<S>(x) == PlaneScales<S>{3});
  // Magnitudes 1 2 3 0 4 6 5 3, rests 2 1 0 3 1 3 2 0 of mean 3/2, then 1/2 1/2 3/2 3/2 1/2 3/2 1/2 3/2 of mean 1.
  CHECK(gf<S>(x, 3) == PlaneScales<S>{3, S(1.5), 1});
  CHECK(folded(x, gf<S>(x, 2)) == std::vector<S>{S(1.5), S(-1.5), S(4.5), S(1.5), S(-4.5), S(4.5), S(-4.5), S(4.5)});
  CHECK(gf<S>(x, 1) == ls1<S>(x));
  // Each plane is the best for what is left over, so the error falls by n v^2.
  for (const auto& [name, y] : laws<S>("greedy", 700)) {
    CAPTURE(name);
    for (std::size_t k = 1; k < most_planes; ++k) {
      const Wide before = error(y, gf<S>(y, k));
      const Wide v = gf<S>(y, k + 1).back();
      const Wide fall = before - error(y, gf<S>(y, k + 1));
      // Rests are rounded to S: each by as much as a level, which moves the error by twice the product with the rest.
      const Wide slack = rounding_of_levels(y) + 4 * std::sqrt(rounding_of_levels(y) * before);
      CHECK(std::abs(fall - static_cast<Wide>(y.size()) * v * v) <= slack);
    }
  }
}

TEST_CASE_TEMPLATE("Powers of two scale everything exactly; signs and order do not matter", S, float, double) {
  for (const auto& [name, x] : laws<S>("scaled", 800)) {
    if (name == "thirty decades") continue;  // the smallest would leave the range
    CAPTURE(name);
    for (const int exponent : sizeof(S) == 8 ? std::vector<int>{-960, 970} : std::vector<int>{-70, 70}) {
      std::vector<S> y(x);
      for (S& number : y) number = std::ldexp(number, exponent);
      for (const auto& fit : {ls1<S>, ls2<S>, lst<S>}) {
        const PlaneScales<S> small = fit(x, {});
        const PlaneScales<S> large = fit(y, {});
        for (std::size_t p = 0; p < small.size(); ++p) CHECK(std::ldexp(small[p], exponent) == large[p]);
      }
    }
    std::vector<S> flipped(x.rbegin(), x.rend());
    for (std::size_t i = 0; i < flipped.size(); i += 3) flipped[i] = -flipped[i];
    check_equals(error(flipped, ls2<S>(flipped)), error(x, ls2<S>(x)), x);
    check_equals(error(flipped, lst<S>(flipped)), error(x, lst<S>(x)), x);
  }
}

TEST_CASE("Vectors that are levels already are kept, bit for bit") {
  for (const double size : {0.1, 1e300, 5e-324, 1.7976931348623157e308}) {
    CAPTURE(size);
    const std::vector<double> constant = {size, -size, -size, size, size};
    for (const auto& scales : {ls1<double>(constant), ls2<double>(constant), gf<double>(constant, 4)})
      CHECK(folded(constant, scales) == constant);
    // Half the smallest number is none, and the level of LS-T is 2v.
    if (size > 5e-324) CHECK(folded(constant, lst<double>(constant)) == constant);
  }
  const std::vector<double> ternary = {0, 0.5, -0.5, 0, 0, -0.5};
  CHECK(folded(ternary, lst<double>(ternary)) == ternary);
  const std::vector<double> four = {0.25, -0.25, 1.5, -1.5, 1.5};
  CHECK(folded(four, ls2<double>(four)) == four);
}

TEST_CASE("Folding takes signs one after another, with sign(0) = +1") {
  const PlaneScales<double> scales = {2, 1};
  const std::vector<double> x = {0, -0.0, 2, -2, 1.9, 2.1, -2.1, -5};
  // At x = -2 the rest is 0, so the second sign is +1: the level nearer to 0; at x = 2 the one farther away.
  CHECK(folded(x, scales) == std::vector<double>{1, 1, 3, -1, 1, 3, -3, -3});
  std::vector<double> in_place = x;
  fold<double>(in_place, scales, in_place.data());
  CHECK(in_place == folded(x, scales));
  for (const std::size_t count : {1u, 63u, 64u, 65u, 200u}) {
    const std::vector<double> y = normals<double>("fold", count);
    const auto q = folded(y, {1.0, 0.5, 0.25});
    for (std::size_t i = 0; i < count; ++i) {
      // Levels (2k + 1)/4, |k| <= 3, of step 1/2: nearest up to ties.
      const double nearest = std::clamp(std::floor(y[i] * 2) / 2 + 0.25, -1.75, 1.75);
      CHECK(q[i] == nearest);
    }
  }
}

}  // namespace least_squares_test
