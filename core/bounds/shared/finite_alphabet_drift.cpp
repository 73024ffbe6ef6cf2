#include "core/bounds/shared/finite_alphabet_drift.hpp"

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <numbers>

namespace pathquant {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double half_pi = std::numbers::pi / 2.0;
constexpr double largest_log_growth = 10.0;  // log Lc: the absolute error of the expectation is multiplied by Lc
constexpr double safety = 1e-9;              // added to gamma; its quadrature is good to 1e-10

// Accurate: 36 nats of range (2e-16), 40 x 30 nodes. Search: 16 nats, 15 x 15 nodes.
struct Accurate {
  static constexpr double range = 36.0;
  static constexpr unsigned outer = 40, inner = 30;
};
struct Search {
  static constexpr double range = 16.0;
  static constexpr unsigned outer = 15, inner = 15;
};

template <unsigned nodes, class Function>
double integrate(const Function& function, double from, double to) {
  if (!(to > from)) return 0.0;
  return boost::math::quadrature::gauss<double, nodes>::integrate(function, from, to);
}

// The law of chi_m: density and the interval outside of which it is below e^-range of its peak.
class Chi {
 public:
  explicit Chi(double m) : m_(m), log_peak_(log_shape(std::sqrt(m - 1.0))) {}

  // Up to a factor: 1 at the mode.
  double density(double y) const { return std::exp(log_shape(y) - log_peak_); }
  double from(double range) const { return std::max(0.0, std::sqrt(m_ - 1.0) - std::sqrt(range)); }
  double to(double range) const { return std::sqrt(m_ - 1.0) + std::sqrt(2.0 * range); }
  double beyond(double y) const { return boost::math::gamma_q(m_ / 2.0, y * y / 2.0); }

 private:
  double log_shape(double y) const { return (m_ > 1.0 ? (m_ - 1.0) * std::log(y) : 0.0) - y * y / 2.0; }

  double m_;
  double log_peak_;
};

// The expectations over c at a given r.
template <class Rule>
class Cosine {
 public:
  Cosine(double m, double quadratic, double linear) : m_(m), quadratic_(quadratic), linear_(linear) {
    if (m > 1.0) constant_ = 2.0 / boost::math::beta(0.5, (m - 1.0) / 2.0);
    const double by_law = m > 2.0 ? std::sqrt(2.0 * Rule::range / (m - 2.0)) : half_pi;
    const double by_loss = std::asin(std::min(1.0, std::sqrt(Rule::range / quadratic)));
    quadratic_end_ = std::min({half_pi, by_law, by_loss});
  }

  // E exp(-quadratic c^2)
  double without_kink() const { return m_ > 1.0 ? below(half_pi) : std::exp(-quadratic_); }
  // E exp(-min(quadratic c^2, linear r |c|)), the kink at c = sin(psi)
  double at(double r, double psi) const {
    if (m_ > 1.0) return below(psi) + above(linear_ * r, psi);
    return std::exp(-linear_ * r);  // m = 1: |c| = 1 lies beyond the kink
  }

 private:
  double log_weight(double phi) const { return m_ > 2.0 ? (m_ - 2.0) * std::log(std::cos(phi)) : 0.0; }

  double below(double psi) const {
    const auto integrand = [this](double phi) {
      const double sine = std::sin(phi);
      return std::exp(log_weight(phi) - quadratic_ * sine * sine);
    };
    return constant_ * integrate<Rule::inner>(integrand, 0.0, std::min(psi, quadratic_end_));
  }
  double above(double slope, double psi) const {
    const double by_law = m_ > 2.0 ? std::sqrt(psi * psi + 2.0 * Rule::range / (m_ - 2.0)) : half_pi;
    const double by_loss = std::asin(std::min(1.0, std::sin(psi) + Rule::range / slope));
    const auto integrand = [&](double phi) { return std::exp(log_weight(phi) - slope * std::sin(phi)); };
    return constant_ * integrate<Rule::inner>(integrand, psi, std::min({half_pi, by_law, by_loss}));
  }

  double m_;
  double quadratic_;
  double linear_;
  double constant_ = 1.0;
  double quadratic_end_ = half_pi;
};

double theta_of(DriftPoint point) {
  return point.rate / (4.0 * point.level);
}
double log_growth(double m, DriftPoint point) {
  return -m / 2.0 * std::log1p(-theta_of(point));
}

template <class Rule>
double log_factor(double m, double eps, DriftPoint point) {
  const double theta = theta_of(point);
  if (!(theta <= 0.5) || log_growth(m, point) > largest_log_growth) return infinity;
  const Chi chi(m);
  const Cosine<Rule> cosine(m, point.rate * point.level / 2.0, point.rate * eps / 2.0);
  const double tilt = std::sqrt(1.0 - theta);
  const double kink_leaves = point.level / eps;  // r where the kink reaches |c| = 1
  const double far = chi.beyond(tilt * kink_leaves);
  const double from = chi.from(Rule::range), to = std::min(chi.to(Rule::range), tilt * kink_leaves);
  const auto radius = [&](double psi) { return kink_leaves * std::sin(psi); };
  const auto weight = [&](double psi) { return chi.density(tilt * radius(psi)) * std::cos(psi); };
  const auto weighted = [&](double psi) { return weight(psi) * cosine.at(radius(psi), psi); };
  const auto angle = [&](double y) { return std::asin(std::min(1.0, y / (tilt * kink_leaves))); };
  // Divided by the rule's own mass: what the rule misses of a constant cancels, and gamma < 1 may be a matter of 1e-5.
  const double mass = integrate<Rule::outer>(weight, angle(from), angle(to));
  const double with_kink = mass > 0.0 ? integrate<Rule::outer>(weighted, angle(from), angle(to)) / mass : 1.0;
  const double expectation = (1.0 - far) * with_kink + (far > 0.0 ? far * cosine.without_kink() : 0.0);
  return log_growth(m, point) + std::log(expectation);
}

template <class Rule>
double bound_at(double m, double eps, double eta, DriftPoint point) {
  const double gamma = std::exp(log_factor<Rule>(m, eps, point)) + safety;
  if (!(gamma < 1.0)) return infinity;
  return point.level + (log_growth(m, point) - std::log1p(-gamma) - std::log(eta)) / point.rate;
}

struct Minimum {
  double at = 0;
  double value = infinity;
};

// Golden section on a function that falls and then rises, with a wall of +infinity on one side.
template <class Function>
Minimum golden_section(const Function& function, double from, double to, int steps, bool wall_right) {
  constexpr double ratio = 1.0 / std::numbers::phi;
  double left = to - ratio * (to - from), right = from + ratio * (to - from);
  double at_left = function(left), at_right = function(right);
  Minimum best;
  for (int i = 0;; ++i) {
    if (at_left < best.value) best = {left, at_left};
    if (at_right < best.value) best = {right, at_right};
    if (i == steps) return best;
    const bool lower_part = at_left == at_right ? wall_right : at_left < at_right;
    if (lower_part) {
      to = right;
      right = left, at_right = at_left;
      at_left = function(left = to - ratio * (to - from));
    } else {
      from = left;
      left = right, at_left = at_right;
      at_right = function(right = from + ratio * (to - from));
    }
  }
}

// Minimises over log V0, and for each over log theta; below some V0 there is no drift, above some theta gamma
// exceeds 1.
template <class Rule>
DriftPoint best_point(double m, double eps, double eta) {
  // Necessary for a drift: m/(8 V0) < E min(V0 c^2, eps sqrt(n)|c|)/2 <= min(V0/m, eps E|g|)/2.
  const double least_level = m * std::max(0.5, std::sqrt(std::numbers::pi / 32.0) / eps);
  const double largest_theta = std::min(0.5, -std::expm1(-2.0 * largest_log_growth / m)) * (1.0 - 1e-12);
  const auto point = [](double log_level, double log_theta) {
    const double level = std::exp(log_level);
    return DriftPoint{level, 4.0 * level * std::exp(log_theta)};
  };
  const auto best_theta = [&](double log_level) {
    return golden_section([&](double log_theta) { return bound_at<Rule>(m, eps, eta, point(log_level, log_theta)); },
                          std::log(1e-4 / m), std::log(largest_theta), 18, true);
  };
  const Minimum level = golden_section([&](double log_level) { return best_theta(log_level).value; },
                                       std::log(least_level), std::log(50.0 * least_level), 14, false);
  return point(level.at, best_theta(level.at).at);
}

}  // namespace

double log_drift_factor(Index samples, double eps, DriftPoint point) {
  return log_factor<Accurate>(static_cast<double>(samples), eps, point);
}

double finite_alphabet_bound(Index samples, double eps, double eta) {
  const auto m = static_cast<double>(samples);
  const double bound = bound_at<Accurate>(m, eps, eta, best_point<Search>(m, eps, eta));
  if (std::isfinite(bound)) return bound;
  return bound_at<Accurate>(m, eps, eta, best_point<Accurate>(m, eps, eta));
}

}  // namespace pathquant
