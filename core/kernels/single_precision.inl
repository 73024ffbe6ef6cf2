// The radius and the angle of a pair of normals in single precision, many at once; included inside the namespace of a
// build, after its vectors. The functions are those of core/random/elementary.hpp with fewer terms.
//
//   symbol  meaning
//   eps     2^-24, the largest relative error of one rounding
//   w       32-bit word, standing for the number u = (w + 1/2)/2^32 or the angle 2 pi u
//   u = 2^k f with sqrt(1/2) <= f < sqrt(2);  s = (f - 1)/(f + 1), |s| < 0.1716;  z = s^2 < 0.02944

namespace {

/// sqrt(-2 log u), with relative error below 6 eps.
///
/// log u = k log 2 + 2 atanh s; the series of atanh s/s ends at z^4/9: what is left is 3e-9. Near u = 1, where k = 0,
/// f - 1 = u - 1 is taken from the word itself, so that small radii keep their digits.
template <int Bytes>
[[gnu::always_inline]] inline Vec<float, Bytes> single_radius(Words<Bytes> w) {
  using V = Vec<float, Bytes>;
  using W = Words<Bytes>;
  constexpr std::uint32_t one = 0x3F800000u, sqrt_half = 0x3F3504F3u, fraction = 0x007FFFFFu;
  const V half = V::all(0.5f);
  // Shifted so that f's range begins at a power of two: exponent and fraction then part without a comparison.
  const W bits = W::bits_of(W::unsigned_number(w) + half) + W::all(one - sqrt_half);
  const V k = W::signed_number(W::template right<23>(bits) - W::all(127 + 32));
  const V above = W::number_of((bits & W::all(fraction)) + W::all(sqrt_half)) - V::all(1.0f);
  const V below_one = (W::unsigned_number(w ^ W::all(0xFFFFFFFFu)) + half) * V::all(-0x1p-32f);
  const V zero = V::all(0.0f);
  const V f1 = V::select(V::less(k, zero), above, below_one);

  const V s = f1 / (f1 + V::all(2.0f));
  const V z = s * s;
  V sum = V::all(1.0f / 9);
  sum = V::fma(sum, z, V::all(1.0f / 7));
  sum = V::fma(sum, z, V::all(1.0f / 5));
  sum = V::fma(sum, z, V::all(1.0f / 3));
  const V twice = s + s;
  const V log_f = V::fma(twice * z, sum, twice);
  const V log_u = V::fma(k, V::all(0x1.62e430p-1f), log_f);  // log 2
  return V::sqrt(V::all(-2.0f) * log_u);
}

/// Cosine and sine of 2 pi u, with relative errors below 4 eps. Neither is ever 0.
///
/// The word is split in integers, without rounding, into the nearest quarter turn q and the rest r, |r| <= 1/8 turn. The
/// series end at t^9/9! and t^8/8!: what is left is 2e-9 of the sine and 3e-8 next to 1.
template <int Bytes>
[[gnu::always_inline]] inline void single_cosine_sine(Words<Bytes> w, Vec<float, Bytes>& cosine,
                                                      Vec<float, Bytes>& sine) {
  using V = Vec<float, Bytes>;
  using W = Words<Bytes>;
  constexpr std::uint32_t eighth = std::uint32_t{1} << 29;
  const W shifted = w + W::all(eighth);
  const W q = W::template right<30>(shifted);
  const V r = W::signed_number((shifted & W::all(0x3FFFFFFFu)) - W::all(eighth)) + V::all(0.5f);
  const V t = r * V::all(0x1.921fb6p+2f * 0x1p-32f);  // 2 pi 2^-32
  const V y = t * t;

  V s = V::all(1.0f / 362880);                   // 9!
  s = V::fma(s, y, V::all(-1.0f / 5040));        // 7!
  s = V::fma(s, y, V::all(1.0f / 120));          // 5!
  s = V::fma(s, y, V::all(-1.0f / 6));           // 3!
  s = V::fma(s * y, t, t);
  V c = V::all(1.0f / 40320);                    // 8!
  c = V::fma(c, y, V::all(-1.0f / 720));         // 6!
  c = V::fma(c, y, V::all(1.0f / 24));           // 4!
  c = V::fma(c, y, V::all(-0.5f));
  c = V::fma(c, y, V::all(1.0f));

  // A quarter turn maps (c, s) to (-s, c): odd q swap them, and q = 1, 2 negate the cosine, q = 2, 3 the sine.
  const auto even = V::less(W::signed_number(q & W::all(1)), V::all(0.5f));
  const W cosine_sign = W::template left<30>((q + W::all(1)) & W::all(2));
  const W sine_sign = W::template left<30>(q & W::all(2));
  cosine = W::number_of(W::bits_of(V::select(even, c, s)) ^ cosine_sign);
  sine = W::number_of(W::bits_of(V::select(even, s, c)) ^ sine_sign);
}

}  // namespace
