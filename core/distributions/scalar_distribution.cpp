#include "core/distributions/scalar_distribution.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

namespace pathquant {
namespace {

constexpr Extended pi = std::numbers::pi_v<Extended>;
constexpr Extended e = std::numbers::e_v<Extended>;
constexpr Extended root_two = std::numbers::sqrt2_v<Extended>;
constexpr Extended root_three = std::numbers::sqrt3_v<Extended>;

Extended normal_density(Extended x) {
  return std::exp(-x * x / 2) / std::sqrt(2 * pi);
}

DistributionMoments gaussian_beyond(Extended a) {
  const Extended tail = std::erfc(a / root_two) / 2;
  return {tail, normal_density(a), a * normal_density(a) + tail};
}

DistributionMoments laplace_beyond(Extended a) {
  const Extended half = std::exp(-root_two * a) / 2;
  return {half, (a + 1 / root_two) * half, (a * a + root_two * a + 1) * half};
}

DistributionMoments uniform_beyond(Extended a) {
  constexpr Extended r = root_three;
  if (a >= r) return {};
  return {(r - a) / (2 * r), (r * r - a * a) / (4 * r), (r * r * r - a * a * a) / (6 * r)};
}

DistributionMoments student_t_beyond(Extended a, Extended d) {
  const Extended scale = std::sqrt(d / (d - 2));
  const Extended t = a * scale;
  const boost::math::students_t_distribution<Extended> law(d), lighter(d - 2);
  const Extended tail = cdf(complement(law, t));
  const Extended first = pdf(law, t) * (d + t * t) / (d - 1);
  const Extended second = d * ((d - 1) / (d - 2) * cdf(complement(lighter, a)) - tail);
  return {tail, first / scale, second / (scale * scale)};
}

}  // namespace

ScalarDistribution ScalarDistribution::gaussian() {
  return {Kind::gaussian, 0};
}
ScalarDistribution ScalarDistribution::laplace() {
  return {Kind::laplace, 0};
}
ScalarDistribution ScalarDistribution::uniform() {
  return {Kind::uniform, 0};
}
ScalarDistribution ScalarDistribution::student_t(double degrees) {
  if (!(degrees > 2)) throw std::invalid_argument("Student's t has a variance for more than 2 degrees of freedom only");
  return {Kind::student_t, degrees};
}

DistributionMoments ScalarDistribution::beyond(Extended a) const {
  if (std::isinf(a)) return {};
  switch (kind_) {
    case Kind::gaussian:
      return gaussian_beyond(a);
    case Kind::laplace:
      return laplace_beyond(a);
    case Kind::uniform:
      return uniform_beyond(a);
    case Kind::student_t:
      break;
  }
  return student_t_beyond(a, degrees_);
}

DistributionMoments ScalarDistribution::between(Extended a, Extended b) const {
  return beyond(a) - beyond(b);
}

Extended ScalarDistribution::density(Extended x) const {
  switch (kind_) {
    case Kind::gaussian:
      return normal_density(x);
    case Kind::laplace:
      return std::exp(-root_two * std::abs(x)) / root_two;
    case Kind::uniform:
      return std::abs(x) < root_three ? 1 / (2 * root_three) : 0;
    case Kind::student_t:
      break;
  }
  const Extended scale = std::sqrt(degrees_ / (degrees_ - 2));
  return scale * pdf(boost::math::students_t_distribution<Extended>(degrees_), x * scale);
}

Extended ScalarDistribution::end() const {
  return kind_ == Kind::uniform ? root_three : std::numeric_limits<Extended>::infinity();
}

double ScalarDistribution::entropy_power() const {
  switch (kind_) {
    case Kind::gaussian:
      return 1;
    case Kind::laplace:
      return static_cast<double>(e / pi);
    case Kind::uniform:
      return static_cast<double>(6 / (pi * e));
    case Kind::student_t:
      break;
  }
  const Extended d = degrees_;
  const Extended entropy = (d + 1) / 2 * (boost::math::digamma((d + 1) / 2) - boost::math::digamma(d / 2)) +
                           std::log(std::sqrt(d) * boost::math::beta(d / 2, Extended(0.5)));
  return static_cast<double>(std::exp(2 * entropy) / (2 * pi * e) * (d - 2) / d);
}

}  // namespace pathquant
