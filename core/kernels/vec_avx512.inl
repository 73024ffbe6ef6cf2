// Vectors for AVX-512 (F, DQ, VL); contract: vec.hpp. Included inside the namespace of its build.

namespace {

template <>
struct Vec<float, 64> {
  using S = float;
  using Mask = __mmask16;
  static constexpr int lanes = 16;
  __m512 v;

  static Vec load(const S* p) { return {_mm512_loadu_ps(p)}; }
  void store(S* p) const { _mm512_storeu_ps(p, v); }
  static Vec all(S x) { return {_mm512_set1_ps(x)}; }
  friend Vec operator+(Vec a, Vec b) { return {_mm512_add_ps(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {_mm512_sub_ps(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {_mm512_mul_ps(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {_mm512_div_ps(a.v, b.v)}; }
  static Vec fma(Vec a, Vec b, Vec c) { return {_mm512_fmadd_ps(a.v, b.v, c.v)}; }
  static Vec sqrt(Vec a) { return {_mm512_sqrt_ps(a.v)}; }
  static Vec floor(Vec a) { return {_mm512_roundscale_ps(a.v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)}; }
  static Vec min_or_nan(Vec bound, Vec a) { return {_mm512_min_ps(bound.v, a.v)}; }
  static Vec max_or_nan(Vec bound, Vec a) { return {_mm512_max_ps(bound.v, a.v)}; }
  static Vec abs(Vec a) { return {_mm512_abs_ps(a.v)}; }
  static Vec copysign(Vec size, Vec sign) {
    const __m512 bit = _mm512_set1_ps(-0.0f);
    return {_mm512_or_ps(_mm512_andnot_ps(bit, size.v), _mm512_and_ps(bit, sign.v))};
  }
  static Mask less(Vec a, Vec b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ); }
  static Mask at_most(Vec a, Vec b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ); }
  static Mask is_nan(Vec a) { return _mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q); }
  static Mask differ(Vec a, Vec b) { return _mm512_cmp_ps_mask(a.v, b.v, _CMP_NEQ_OQ); }
  static unsigned bits(Mask m) { return m; }
  static Vec select(Mask m, Vec yes, Vec no) { return {_mm512_mask_blend_ps(m, no.v, yes.v)}; }
  static Vec<S, 32> half(Vec a) { return {_mm256_add_ps(_mm512_castps512_ps256(a.v), _mm512_extractf32x8_ps(a.v, 1))}; }
  static Vec join(Vec<S, 32> low, Vec<S, 32> high) {
    return {_mm512_insertf32x8(_mm512_castps256_ps512(low.v), high.v, 1)};
  }
  /// words[l] < trunc(fraction_l 2^32)
  static Mask drawn_below(const std::uint32_t* words, Vec fraction) {
    const __m512i threshold = _mm512_cvttps_epu32(_mm512_mul_ps(fraction.v, _mm512_set1_ps(0x1p32f)));
    const Mask below = _mm512_cmplt_epu32_mask(_mm512_loadu_si512(words), threshold);
    return static_cast<Mask>(below | _mm512_cmp_ps_mask(fraction.v, _mm512_set1_ps(1.0f), _CMP_EQ_OQ));
  }
};

template <>
struct Vec<double, 64> {
  using S = double;
  using Mask = __mmask8;
  static constexpr int lanes = 8;
  __m512d v;

  static Vec load(const S* p) { return {_mm512_loadu_pd(p)}; }
  void store(S* p) const { _mm512_storeu_pd(p, v); }
  static Vec all(S x) { return {_mm512_set1_pd(x)}; }
  friend Vec operator+(Vec a, Vec b) { return {_mm512_add_pd(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {_mm512_sub_pd(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {_mm512_mul_pd(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {_mm512_div_pd(a.v, b.v)}; }
  static Vec fma(Vec a, Vec b, Vec c) { return {_mm512_fmadd_pd(a.v, b.v, c.v)}; }
  static Vec sqrt(Vec a) { return {_mm512_sqrt_pd(a.v)}; }
  static Vec floor(Vec a) { return {_mm512_roundscale_pd(a.v, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC)}; }
  static Vec min_or_nan(Vec bound, Vec a) { return {_mm512_min_pd(bound.v, a.v)}; }
  static Vec max_or_nan(Vec bound, Vec a) { return {_mm512_max_pd(bound.v, a.v)}; }
  static Vec abs(Vec a) { return {_mm512_abs_pd(a.v)}; }
  static Vec copysign(Vec size, Vec sign) {
    const __m512d bit = _mm512_set1_pd(-0.0);
    return {_mm512_or_pd(_mm512_andnot_pd(bit, size.v), _mm512_and_pd(bit, sign.v))};
  }
  static Mask less(Vec a, Vec b) { return _mm512_cmp_pd_mask(a.v, b.v, _CMP_LT_OQ); }
  static Mask at_most(Vec a, Vec b) { return _mm512_cmp_pd_mask(a.v, b.v, _CMP_LE_OQ); }
  static Mask is_nan(Vec a) { return _mm512_cmp_pd_mask(a.v, a.v, _CMP_UNORD_Q); }
  static Mask differ(Vec a, Vec b) { return _mm512_cmp_pd_mask(a.v, b.v, _CMP_NEQ_OQ); }
  static unsigned bits(Mask m) { return m; }
  static Vec select(Mask m, Vec yes, Vec no) { return {_mm512_mask_blend_pd(m, no.v, yes.v)}; }
  static Vec<S, 32> half(Vec a) { return {_mm256_add_pd(_mm512_castpd512_pd256(a.v), _mm512_extractf64x4_pd(a.v, 1))}; }
  static Vec join(Vec<S, 32> low, Vec<S, 32> high) {
    return {_mm512_insertf64x4(_mm512_castpd256_pd512(low.v), high.v, 1)};
  }
  static Mask drawn_below(const double* draws, Vec fraction) { return less(load(draws), fraction); }
};

template <>
struct Words<64> {
  using Single = Vec<float, 64>;
  static constexpr int lanes = 16;
  __m512i v;

  static Words all(std::uint32_t x) { return {_mm512_set1_epi32(static_cast<int>(x))}; }
  static Words counting() { return {_mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)}; }
  static Words load(const std::uint32_t* in) { return {_mm512_loadu_si512(in)}; }
  void store(std::uint32_t* out) const { _mm512_storeu_si512(out, v); }
  friend Words operator+(Words a, Words b) { return {_mm512_add_epi32(a.v, b.v)}; }
  friend Words operator-(Words a, Words b) { return {_mm512_sub_epi32(a.v, b.v)}; }
  friend Words operator^(Words a, Words b) { return {_mm512_xor_si512(a.v, b.v)}; }
  friend Words operator&(Words a, Words b) { return {_mm512_and_si512(a.v, b.v)}; }
  template <int Bits>
  static Words right(Words a) {
    return {_mm512_srli_epi32(a.v, Bits)};
  }
  template <int Bits>
  static Words left(Words a) {
    return {_mm512_slli_epi32(a.v, Bits)};
  }
  template <int Bits>
  static Words signed_right(Words a) {
    return {_mm512_srai_epi32(a.v, Bits)};
  }
  template <int Bit>
  static __mmask16 has(Words a) {
    return _mm512_test_epi32_mask(a.v, _mm512_set1_epi32(static_cast<int>(1u << Bit)));
  }
  static Words product(Words a, Words b) { return {_mm512_mul_epu32(a.v, b.v)}; }
  static Words upper(Words a) { return {_mm512_srli_epi64(a.v, 32)}; }
  static Words join(Words even, Words odd) {
    return {_mm512_mask_blend_epi32(0xAAAA, even.v, _mm512_slli_epi64(odd.v, 32))};
  }
  static Words exclusive(Words a, Words b, Words c) { return {_mm512_ternarylogic_epi32(a.v, b.v, c.v, 0x96)}; }
  static Words exclusive_part(Words a, Words b, Words mask) {
    return {_mm512_ternarylogic_epi32(a.v, b.v, mask.v, 0x78)};
  }
  static Single unsigned_number(Words a) { return {_mm512_cvtepu32_ps(a.v)}; }
  static Single signed_number(Words a) { return {_mm512_cvtepi32_ps(a.v)}; }
  static Words bits_of(Single a) { return {_mm512_castps_si512(a.v)}; }
  static Single number_of(Words a) { return {_mm512_castsi512_ps(a.v)}; }
  static void store_in_turn(Words a, Words b, Words c, Words d, void* out) {
    const __m512i low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const __m512i high = _mm512_add_epi32(low, _mm512_set1_epi32(8));
    const __m512i low_pairs = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11);
    const __m512i high_pairs = _mm512_add_epi64(low_pairs, _mm512_set1_epi64(4));
    const __m512i ab_low = _mm512_permutex2var_epi32(a.v, low, b.v),
                  ab_high = _mm512_permutex2var_epi32(a.v, high, b.v);
    const __m512i cd_low = _mm512_permutex2var_epi32(c.v, low, d.v),
                  cd_high = _mm512_permutex2var_epi32(c.v, high, d.v);
    auto* const to = static_cast<__m512i*>(out);
    _mm512_storeu_si512(to, _mm512_permutex2var_epi64(ab_low, low_pairs, cd_low));
    _mm512_storeu_si512(to + 1, _mm512_permutex2var_epi64(ab_low, high_pairs, cd_low));
    _mm512_storeu_si512(to + 2, _mm512_permutex2var_epi64(ab_high, low_pairs, cd_high));
    _mm512_storeu_si512(to + 3, _mm512_permutex2var_epi64(ab_high, high_pairs, cd_high));
  }
};

}  // namespace
