// Single-precision radius and angle of the Box-Muller transform, for vectors. Included inside the namespace of a build,
// after its vectors. The functions are those of core/random/elementary.hpp with fewer terms.
//
//   symbol  meaning
//   eps     2^-24, the largest relative error of one rounding
//   w, u    32-bit word, standing for the number u = (w + 1/2)/2^32 or the angle 2 pi u
//   k, f    u = 2^k f with sqrt(1/2) <= f < sqrt(2)
//   s, z    s = (f - 1)/(f + 1), |s| < 0.1716;  z = s^2 < 0.02944

namespace {

/// sqrt(-2 log u), with relative error below 6 eps.
///
/// log u = k log 2 + 2 atanh s. The series of atanh s/s ends at z^4/9, with remainder 3e-9. Near u = 1, where k = 0,
/// f - 1 = u - 1 is computed from the word itself, so that small radii keep their digits.
template <int Bytes>
[[gnu::always_inline]] inline Vec<float, Bytes> single_radius(Words<Bytes> w) {
  using V = Vec<float, Bytes>;
  using W = Words<Bytes>;
  constexpr std::uint32_t one = 0x3F800000u, sqrt_half = 0x3F3504F3u, fraction = 0x007FFFFFu;
  const V half = V::all(0.5f);
  // The shift makes f's range begin at a power of two, so that the exponent, less that of 2^32, and the fraction
  // separate without a comparison.
  constexpr std::uint32_t shift = one - sqrt_half - ((127 + 32) << 23);
  const W bits = W::bits_of(W::unsigned_number(w) + half) + W::all(shift);
  const V k = W::signed_number(W::template signed_right<23>(bits));
  const V above = W::number_of((bits & W::all(fraction)) + W::all(sqrt_half)) - V::all(1.0f);
  const V below_one = (W::unsigned_number(w ^ W::all(0xFFFFFFFFu)) + half) * V::all(-0x1p-32f);
  const V f1 = V::select(W::template has<31>(bits), above, below_one);

  const V s = f1 / (f1 + V::all(2.0f));
  const V z = s * s;
  V sum = V::all(1.0f / 9);
  sum = V::fma(sum, z, V::all(1.0f / 7));
  sum = V::fma(sum, z, V::all(1.0f / 5));
  sum = V::fma(sum, z, V::all(1.0f / 3));
  // Both parts of log u = k log 2 + log f include the factor -2.
  constexpr float log_2 = 0x1.62e430p-1f;
  const V factor = s * V::all(-4.0f);
  return V::sqrt(V::fma(k, V::all(-2 * log_2), V::fma(factor * z, sum, factor)));
}

/// Cosine and sine of 2 pi u, with relative errors below 4 eps. Neither is ever 0.
///
/// Integer arithmetic splits the word, without rounding, into the nearest quarter turn q and the remainder r,
/// |r| <= 1/8 turn. The series end at t^9/9! and t^8/8!, with remainders of 2e-9 of the sine and 3e-8 next to 1.
template <int Bytes>
[[gnu::always_inline]] inline void single_cosine_sine(Words<Bytes> w, Vec<float, Bytes>& cosine,
                                                      Vec<float, Bytes>& sine) {
  using V = Vec<float, Bytes>;
  using W = Words<Bytes>;
  constexpr std::uint32_t eighth = std::uint32_t{1} << 29, quarter = std::uint32_t{1} << 30, sign = 0x80000000u;
  const W turned = w + W::all(eighth);  // q in the upper two bits
  // The shift removes q and leaves four times r, a signed 32-bit number.
  const V r = W::signed_number(W::template left<2>(w)) + V::all(2.0f);
  const V t = r * V::all(0x1.921fb6p+2f * 0x1p-34f);  // 2 pi 2^-34
  const V y = t * t;

  V s = V::all(1.0f / 362880);             // 9!
  s = V::fma(s, y, V::all(-1.0f / 5040));  // 7!
  s = V::fma(s, y, V::all(1.0f / 120));    // 5!
  s = V::fma(s, y, V::all(-1.0f / 6));     // 3!
  s = V::fma(s * y, t, t);
  V c = V::all(1.0f / 40320);             // 8!
  c = V::fma(c, y, V::all(-1.0f / 720));  // 6!
  c = V::fma(c, y, V::all(1.0f / 24));    // 4!
  c = V::fma(c, y, V::all(-0.5f));
  c = V::fma(c, y, V::all(1.0f));

  // A quarter turn maps (c, s) to (-s, c): odd q swap them, and q = 1, 2 negate the cosine, q = 2, 3 the sine.
  const auto odd = W::template has<30>(turned);
  const W sine_sign = turned, cosine_sign = turned + W::all(quarter);
  cosine = W::number_of(W::exclusive_part(W::bits_of(V::select(odd, s, c)), cosine_sign, W::all(sign)));
  sine = W::number_of(W::exclusive_part(W::bits_of(V::select(odd, c, s)), sine_sign, W::all(sign)));
}

}  // namespace
