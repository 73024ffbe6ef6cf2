// Laws of one number, symmetric about 0 and of variance 1, by the integrals that quantization needs.
//
//   symbol   meaning
//   p        density
//   m_k(a)   integral of x^k p(x) over x > a >= 0, for k = 0, 1, 2
//   h, n     differential entropy in nats, and entropy power e^{2h}/(2 pi e): 1 for the Gaussian, less for all others
//
//   law       m_0           m_1                  m_2                                       n
//   gaussian  Q(a)          phi(a)               a phi(a) + Q(a)                           1
//   laplace   e^{-ca}/2     (a + 1/c) e^{-ca}/2  (a^2 + 2a/c + 2/c^2) e^{-ca}/2, c = 2^.5  e/pi
//   uniform   (r - a)/(2r)  (r^2 - a^2)/(4r)     (r^3 - a^3)/(6r), r = 3^.5                6/(pi e)
//
// student_t has d > 2 degrees of freedom: with T = a (d/(d-2))^{1/2}, density f_d and F_d(T) = P(t_d > T) the integrals
// are F_d(T), f_d(T) (d + T^2)/(d - 1) and d ((d-1)/(d-2) F_{d-2}(a) - F_d(T)), times ((d-2)/d)^{k/2}. For the last one
// t^2 = d (1 + t^2/d) - d, and (1 + t^2/d) f_d(t) is the density of t_{d-2} but for its scale and a factor.
//
// All in extended precision: what is solved from these integrals is then right to the last digits of a double.
//
// Source: elementary; entropies: Cover & Thomas, Elements of Information Theory, table 17.2.
#pragma once

#include <string>

namespace pathquant {

using Extended = long double;

/// m_0, m_1, m_2 over some set.
struct DistributionMoments {
  Extended mass = 0;
  Extended first = 0;
  Extended second = 0;

  DistributionMoments operator-(const DistributionMoments& other) const {
    return {mass - other.mass, first - other.first, second - other.second};
  }
};

class ScalarDistribution {
 public:
  static ScalarDistribution gaussian();
  static ScalarDistribution laplace();
  static ScalarDistribution uniform();
  /// Throws std::invalid_argument unless degrees > 2: otherwise there is no variance.
  static ScalarDistribution student_t(double degrees);

  /// Over x > a, a >= 0.
  DistributionMoments beyond(Extended a) const;
  /// Over a < x < b, 0 <= a <= b; b may be infinite.
  DistributionMoments between(Extended a, Extended b) const;
  Extended density(Extended x) const;
  /// sup |x|; infinite but for the uniform law.
  Extended end() const;
  /// n. Shannon's lower bound on the mean squared error at R bits a number is n 2^{-2R}; attained by no scalar
  /// quantizer.
  double entropy_power() const;
  /// E x^4 is finite: then a sample's mean of x^2 has a standard deviation.
  bool has_fourth_moment() const { return kind_ != Kind::student_t || degrees_ > 4; }
  /// log p is concave: then Lloyd's conditions have one solution.
  bool log_concave() const { return kind_ != Kind::student_t; }

 private:
  enum class Kind { gaussian, laplace, uniform, student_t };
  ScalarDistribution(Kind kind, Extended degrees) : kind_(kind), degrees_(degrees) {}

  Kind kind_;
  Extended degrees_;
};

/// A number of this law times `deviation`, plus `mean`.
struct EntryDistribution {
  ScalarDistribution law;
  double deviation = 1;
  double mean = 0;

  double variance() const { return deviation * deviation; }
};

}  // namespace pathquant
