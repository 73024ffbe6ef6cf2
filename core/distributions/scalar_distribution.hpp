// Scalar distributions, symmetric about 0 with variance 1: Gaussian, Laplace, uniform and Student's t. They provide the
// partial moments that optimal quantizers need.
//
//   symbol   meaning
//   p        density
//   m_k(a)   integral of x^k p(x) over x > a >= 0, for k = 0, 1, 2
//   h, n     differential entropy in nats, and entropy power e^{2h}/(2 pi e): 1 for the Gaussian, less for all others
//   phi, Q   standard normal density, and Q(a) = P(N(0, 1) > a)
//
//   distribution  m_0           m_1                  m_2                                       n
//   gaussian      Q(a)          phi(a)               a phi(a) + Q(a)                           1
//   laplace       e^{-ca}/2     (a + 1/c) e^{-ca}/2  (a^2 + 2a/c + 2/c^2) e^{-ca}/2, c = 2^.5  e/pi
//   uniform       (r - a)/(2r)  (r^2 - a^2)/(4r)     (r^3 - a^3)/(6r), r = 3^.5                6/(pi e)
//
// student_t has d > 2 degrees of freedom. With T = a (d/(d-2))^{1/2}, density f_d and F_d(T) = P(t_d > T), the
// integrals are F_d(T), f_d(T) (d + T^2)/(d - 1) and d ((d-1)/(d-2) F_{d-2}(a) - F_d(T)), times ((d-2)/d)^{k/2}. The
// last one follows from t^2 = d (1 + t^2/d) - d: (1 + t^2/d) f_d(t) is the density of t_{d-2} up to its scale and a
// factor.
//
// All functions work in extended precision, so that levels solved from these integrals are right to the last digits of
// a double.
//
// Source: elementary; entropies: Cover & Thomas, Elements of Information Theory, table 17.2.
#pragma once

#include <string>

namespace pathquant {

using Extended = long double;

/// Partial moments m_0, m_1, m_2 over a set.
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
  /// Throws std::invalid_argument unless degrees > 2, because the variance is infinite otherwise.
  static ScalarDistribution student_t(double degrees);

  /// Partial moments over x > a, a >= 0.
  DistributionMoments beyond(Extended a) const;
  /// Partial moments over a < x < b, 0 <= a <= b; b may be infinite.
  DistributionMoments between(Extended a, Extended b) const;
  Extended density(Extended x) const;
  /// sup |x|: finite for the uniform distribution only.
  Extended end() const;
  /// n. Shannon's lower bound on the mean squared error at R bits a number is n 2^{-2R}. No scalar quantizer attains
  /// it.
  double entropy_power() const;
  /// Whether E x^4 is finite. If it is, the mean of x^2 over a sample has a standard deviation.
  bool has_fourth_moment() const { return kind_ != Kind::student_t || degrees_ > 4; }
  /// Whether log p is concave. If it is, Lloyd's conditions have a unique solution.
  bool log_concave() const { return kind_ != Kind::student_t; }

 private:
  enum class Kind { gaussian, laplace, uniform, student_t };
  ScalarDistribution(Kind kind, Extended degrees) : kind_(kind), degrees_(degrees) {}

  Kind kind_;
  Extended degrees_;
};

/// Distribution of one entry of a matrix: a draw of `law` times `deviation`, plus `mean`.
struct EntryDistribution {
  ScalarDistribution law;
  double deviation = 1;
  double mean = 0;

  double variance() const { return deviation * deviation; }
};

}  // namespace pathquant
