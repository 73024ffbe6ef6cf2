// Tests of the drift gamma of finite alphabets by another quadrature and by simulation, and of the bound by exhaustive
// search.
#include "core/bounds/shared/finite_alphabet_drift.hpp"

#include <doctest/doctest.h>

#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <random>

namespace pathquant {
namespace finite_alphabet_drift_test {

using boost::math::quadrature::gauss_kronrod;

double integral(const auto& function, double from, double to) {
  if (!(to > from)) return 0.0;
  return gauss_kronrod<double, 31>::integrate(function, from, to, 8, 1e-11);
}

// In the variables g (component along u) and h (the others' squared norm, chi^2_{m-1}), without the change of weight:
// E exp(lambda ((g^2 + h)/(8 V0) - min(V0 g^2/(g^2 + h), eps |g|)/2)).
double reference_factor(int m, double eps, DriftPoint point) {
  const double v = point.level, lambda = point.rate;
  const double decay = 0.5 - lambda / (8 * v);  // of exp(-n/2 + lambda n/(8 V0))
  const double reach = std::sqrt(34.0 / decay);
  const auto loss = [&](double g, double h) { return lambda / 2 * std::min(v * g * g / (g * g + h), eps * g); };
  const double normal = 2 / std::sqrt(2 * std::acos(-1.0));
  if (m == 1) {
    const auto alone = [&](double g) { return normal * std::exp(-decay * g * g - loss(g, 0)); };
    const double kink = std::min(reach, v / eps);
    return integral(alone, 0, kink) + integral(alone, kink, reach);
  }
  // With h = y^2 the density of chi_{m-1}, around its mode.
  const double k = m - 1, log_chi = (1 - k / 2) * std::log(2.0) - std::lgamma(k / 2);
  const double mode = std::sqrt((k - 1) / (2 * decay)), from = std::max(0.0, mode - reach), to = mode + reach;
  const auto over_g = [&](double g) {
    const auto over_y = [&](double y) {
      const double weight = log_chi + (k > 1 ? (k - 1) * std::log(y) : 0.0) - decay * (y * y + g * g);
      return std::exp(weight - loss(g, y * y));
    };
    const double kink = v * g / eps - g * g;  // of h, where both arguments of the minimum agree
    const double middle = kink > 0 ? std::clamp(std::sqrt(kink), from, to) : from;
    return normal * (integral(over_y, from, middle) + integral(over_y, middle, to));
  };
  // Below g = eps h/V0 the first argument is the least for typical h: a thin layer that an adaptive rule on all of g
  // misses.
  const double last = std::min(reach, v / eps), layer = std::min(last, 4 * eps * (m + 30) / v);
  return integral(over_g, 0, layer) + integral(over_g, layer, last) + integral(over_g, last, reach);
}

struct Case {
  int samples;
  double eps;
  DriftPoint point;
};

TEST_CASE("drift factor: another quadrature in other variables") {
  const Case cases[] = {
      {1, 0.1, {4.0, 1.0}},      {1, 1.0, {1.0, 1.5}},      {1, 0.01, {40.0, 20.0}}, {2, 0.5, {3.0, 2.0}},
      {2, 10.0, {2.0, 1.0}},     {3, 0.1, {12.0, 8.0}},     {3, 2.0, {2.5, 3.0}},    {4, 1.0, {3.0, 4.0}},
      {10, 0.1, {36.0, 20.0}},   {10, 1.0, {8.0, 3.0}},     {20, 10.0, {14.0, 3.0}}, {60, 0.3, {80.0, 6.0}},
      {10, 0.001, {3200, 1000}}, {50, 0.03, {780.0, 90.0}}, {400, 0.5, {300, 5.0}},  {4096, 0.03, {64000.0, 94.0}}};
  for (const Case& one : cases) {
    CAPTURE(one.samples);
    CAPTURE(one.eps);
    const double reference = reference_factor(one.samples, one.eps, one.point);
    CHECK(std::abs(std::exp(log_drift_factor(one.samples, one.eps, one.point)) - reference) <= 1e-10 * (1 + reference));
  }
}

TEST_CASE("drift factor: the mean over draws") {
  constexpr int draws = 100000;
  for (const Case& one : {Case{5, 0.3, {8.0, 3.0}}, Case{30, 0.2, {60.0, 4.0}}, Case{2, 1.0, {2.0, 1.0}}}) {
    std::mt19937_64 engine(17);
    std::normal_distribution<double> normal;
    std::chi_squared_distribution<double> others(one.samples - 1);
    double sum = 0, squares = 0;
    for (int draw = 0; draw < draws; ++draw) {
      const double g = normal(engine), n = g * g + others(engine), v = one.point.level;
      const double y = std::exp(one.point.rate * (n / (8 * v) - 0.5 * std::min(v * g * g / n, one.eps * std::abs(g))));
      sum += y;
      squares += y * y;
    }
    const double mean = sum / draws, error = std::sqrt((squares / draws - mean * mean) / draws);
    CHECK(std::abs(std::exp(log_drift_factor(one.samples, one.eps, one.point)) - mean) <= 4 * error);
    CHECK(error <= 0.01 * mean);
  }
}

TEST_CASE("drift factor: refused where theta exceeds 1/2 or the growth is beyond the quadrature") {
  CHECK(std::isfinite(log_drift_factor(5, 1.0, {2.0, 4.0})));  // theta = 1/2
  CHECK(std::isinf(log_drift_factor(5, 1.0, {2.0, 4.0001})));
  CHECK(std::isinf(log_drift_factor(1000, 1.0, {500.0, 100.0})));  // theta = 1/20, Lc = e^25
}

// The least V0 + log(Lc/((1 - gamma) eta))/lambda over a plain grid.
double plain_search(int m, double eps, double eta) {
  double best = INFINITY;
  for (double v = 0.3 * m / std::min(1.0, eps); v < 8 * m / std::min(1.0, eps); v *= 1.08)
    for (double theta = 0.49; theta > 0.02 / m; theta *= 0.8) {
      const double gamma = std::exp(log_drift_factor(m, eps, {v, 4 * theta * v}));
      if (gamma >= 1) continue;
      const double growth = std::pow(1 - theta, -0.5 * m);
      best = std::min(best, v + std::log(growth / (1 - gamma) / eta) / (4 * theta * v));
    }
  return best;
}

TEST_CASE("finite alphabet: the bound is the least over level and rate") {
  const std::tuple<int, double, double> cases[] = {
      {1, 1.0, 1e-3}, {2, 0.3, 0.2}, {10, 0.5, 1e-3}, {10, 0.1, 1e-6}, {40, 5.0, 0.05}};
  for (const auto& [m, eps, eta] : cases) {
    CAPTURE(m);
    CAPTURE(eta);
    const double bound = finite_alphabet_bound(m, eps, eta), plain = plain_search(m, eps, eta);
    CHECK(bound <= plain * (1 + 1e-4));
    CHECK(bound >= plain * (1 - 0.01));  // the grid is within 1 per cent of the least
  }
}

TEST_CASE("finite alphabet: finite, falling in eps and eta, rising in m, over the whole range") {
  for (const int m : {1, 2, 17, 4096})
    for (const double eps : {1e-3, 0.1, 10.0}) {
      CAPTURE(m);
      CAPTURE(eps);
      const double bound = finite_alphabet_bound(m, eps, 1e-3);
      REQUIRE(std::isfinite(bound));
      CHECK(bound > 0.5 * m);  // V0 > m/2 is necessary for a drift
      CHECK(finite_alphabet_bound(m, eps, 1e-9) > bound);
      CHECK(finite_alphabet_bound(m, eps / 1.1, 1e-3) > bound * (1 - 1e-6));
      CHECK(finite_alphabet_bound(m + 1, eps, 1e-3) > bound);
    }
}

}  // namespace finite_alphabet_drift_test
}  // namespace pathquant
