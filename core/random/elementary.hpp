// Logarithm, exponential, cosine and sine with the same bits on every processor, for the random number generators.
// libm's functions differ between versions and processors in the last bits. These use correctly rounded operations only
// (+, -, *, /, fma). Their coefficients are those of Taylor series, which can be derived by hand, not of a numerical
// fit.
//
//   symbol  meaning
//   eps     2^-53, the largest relative error of one rounding
//   k, f    x = 2^k f with sqrt(1/2) <= f < sqrt(2)
//   s, z    s = (f - 1) / (f + 1), |s| < 0.1716;  z = s^2 < 0.02944
//   w       32-bit word, standing for the angle 2 pi (w + 1/2) / 2^32
#pragma once

#include <cmath>
#include <cstdint>

namespace pathquant {

// All functions are always inlined, for the reason given in philox.hpp.

/// Converts w to double exactly, by operations that every vector unit has: w is written into the low mantissa bits of
/// 2^52.
[[gnu::always_inline]] inline double exact_double(std::uint32_t w) {
  return __builtin_bit_cast(double, 0x4330000000000000u | std::uint64_t{w}) - 0x1p52;
}

/// log x for normal x > 0, with relative error below 5 eps.
///
/// log x = k log 2 + 2 atanh s, where atanh s = s sum_n z^n / (2n + 1) is truncated after n = 10 with relative
/// remainder 7e-19. f - 1 is exact. f + 1, s and the last sum of atanh round once each: 3 eps. The terms n >= 1 add
/// under 0.1 eps. The last fma rounds once more, and the constant log 2 is off by 2.4e-17. Cancellation is greatest
/// where k = -1 and f approaches sqrt(2). There |log x| >= log(2)/2 >= 2 atanh s: 3.1 eps + 2.4e-17/0.3465 + 1 eps <
/// 4.8 eps. For k = 0 the fma adds no error.
[[gnu::always_inline]] inline double natural_log(double x) {
  constexpr std::uint64_t one = 0x3FF0000000000000u, sqrt_half = 0x3FE6A09E667F3BCDu, fraction = 0x000FFFFFFFFFFFFFu;
  // The shift makes f's range begin at a power of two, so that exponent and fraction separate without a comparison.
  const std::uint64_t bits = __builtin_bit_cast(std::uint64_t, x) + (one - sqrt_half);
  const double k = exact_double(static_cast<std::uint32_t>(bits >> 52)) - 1023.0;
  const double f = __builtin_bit_cast(double, (bits & fraction) + sqrt_half);

  const double s = (f - 1.0) / (f + 1.0);
  const double z = s * s;
  double sum = 1.0 / 21;
  sum = std::fma(sum, z, 1.0 / 19);
  sum = std::fma(sum, z, 1.0 / 17);
  sum = std::fma(sum, z, 1.0 / 15);
  sum = std::fma(sum, z, 1.0 / 13);
  sum = std::fma(sum, z, 1.0 / 11);
  sum = std::fma(sum, z, 1.0 / 9);
  sum = std::fma(sum, z, 1.0 / 7);
  sum = std::fma(sum, z, 1.0 / 5);
  sum = std::fma(sum, z, 1.0 / 3);
  const double twice = 2.0 * s;
  const double log_f = std::fma(twice * z, sum, twice);
  return std::fma(k, 0x1.62e42fefa39efp-1, log_f);  // log 2
}

/// The largest |x| that exponential() accepts.
inline constexpr double largest_exponent = 700;

/// exp x for |x| <= largest_exponent, with relative error below 3 eps.
///
/// exp x = 2^k exp r with k the integer nearest to x / log 2 and r = x - k log 2, |r| < 0.3466. The first fma is exact:
/// no digit of x or of the product is below 2^-54 where k != 0, and the difference is below 1/2. The second fma
/// subtracts the part of log 2 below its double's last digit and rounds once: 0.25 eps of exp r. The series ends at
/// r^13/13!, with a remainder below 5e-18. The last sum rounds once, 1 eps. The sum before it contributes 0.35 eps next
/// to exp r >= 0.707, and the others less than that together.
[[gnu::always_inline]] inline double exponential(double x) {
  const double k = std::floor(x * 0x1.71547652b82fep+0 + 0.5);  // 1 / log 2
  const double r = std::fma(-k, 0x1.abc9e3b39803fp-56, std::fma(-k, 0x1.62e42fefa39efp-1, x));
  double sum = 1.0 / 6227020800;            // 13!
  sum = std::fma(sum, r, 1.0 / 479001600);  // 12!
  sum = std::fma(sum, r, 1.0 / 39916800);   // 11!
  sum = std::fma(sum, r, 1.0 / 3628800);    // 10!
  sum = std::fma(sum, r, 1.0 / 362880);     // 9!
  sum = std::fma(sum, r, 1.0 / 40320);      // 8!
  sum = std::fma(sum, r, 1.0 / 5040);       // 7!
  sum = std::fma(sum, r, 1.0 / 720);        // 6!
  sum = std::fma(sum, r, 1.0 / 120);        // 5!
  sum = std::fma(sum, r, 1.0 / 24);         // 4!
  sum = std::fma(sum, r, 1.0 / 6);          // 3!
  sum = std::fma(sum, r, 0.5);
  sum = std::fma(sum * r, r, r);
  return std::ldexp(1.0 + sum, static_cast<int>(k));
}

/// Cosine and sine of 2 pi (w + 1/2) / 2^32, with relative errors below 3 eps. Neither is ever 0.
///
/// Integer arithmetic splits the word, without rounding, into the nearest quarter turn q and the remainder r, |r| <=
/// 1/8 turn. The angle t = 2 pi r, |t| <= pi/4, has a relative error of 1.35 eps (its rounding and that of 2 pi). The
/// sine inherits t cot t <= 1 of it and the cosine t tan t <= pi/4. The series end at t^17/17! and t^16/16!, with
/// remainders below 1e-19 and 2.1e-18. The sums before the last add 0.4 eps to the sine and 0.7 eps to the cosine
/// (whose second term is up to 0.44 of the result). The last sum rounds once, which next to 1 is 0.7 eps: 2.8 eps and
/// 2.5 eps in all.
[[gnu::always_inline]] inline void cosine_sine(std::uint32_t w, double& cosine, double& sine) {
  constexpr std::uint32_t eighth = std::uint32_t{1} << 29;
  const std::uint32_t shifted = w + eighth;
  const std::uint32_t q = shifted >> 30;
  const double r = exact_double(shifted & 0x3FFFFFFFu) - (0x1p29 - 0.5);
  const double t = r * (0x1.921fb54442d18p+2 * 0x1p-32);  // 2 pi 2^-32
  const double y = t * t;

  double s = 1.0 / 355687428096000;          // 17!
  s = std::fma(s, y, -1.0 / 1307674368000);  // 15!
  s = std::fma(s, y, 1.0 / 6227020800);      // 13!
  s = std::fma(s, y, -1.0 / 39916800);       // 11!
  s = std::fma(s, y, 1.0 / 362880);          // 9!
  s = std::fma(s, y, -1.0 / 5040);           // 7!
  s = std::fma(s, y, 1.0 / 120);             // 5!
  s = std::fma(s, y, -1.0 / 6);              // 3!
  s = std::fma(s * y, t, t);
  double c = 1.0 / 20922789888000;         // 16!
  c = std::fma(c, y, -1.0 / 87178291200);  // 14!
  c = std::fma(c, y, 1.0 / 479001600);     // 12!
  c = std::fma(c, y, -1.0 / 3628800);      // 10!
  c = std::fma(c, y, 1.0 / 40320);         // 8!
  c = std::fma(c, y, -1.0 / 720);          // 6!
  c = std::fma(c, y, 1.0 / 24);            // 4!
  c = std::fma(c, y, -0.5);
  c = std::fma(c, y, 1.0);

  // A quarter turn maps (c, s) to (-s, c): odd q swap them, and q = 1, 2 negate the cosine, q = 2, 3 the sine.
  const bool odd = (q & 1u) != 0;
  const std::uint64_t cosine_sign = std::uint64_t{(q + 1u) & 2u} << 62;
  const std::uint64_t sine_sign = std::uint64_t{q & 2u} << 62;
  cosine = __builtin_bit_cast(double, __builtin_bit_cast(std::uint64_t, odd ? s : c) ^ cosine_sign);
  sine = __builtin_bit_cast(double, __builtin_bit_cast(std::uint64_t, odd ? c : s) ^ sine_sign);
}

}  // namespace pathquant
