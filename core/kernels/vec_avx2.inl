// Vectors for AVX2 with fused multiply-add; contract: vec.hpp. Included inside the namespace of a build.

namespace {

template <>
struct Vec<float, 32> {
  using S = float;
  using Mask = __m256;
  static constexpr int lanes = 8;
  __m256 v;

  static Vec load(const S* p) { return {_mm256_loadu_ps(p)}; }
  void store(S* p) const { _mm256_storeu_ps(p, v); }
  static Vec all(S x) { return {_mm256_set1_ps(x)}; }
  friend Vec operator+(Vec a, Vec b) { return {_mm256_add_ps(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {_mm256_sub_ps(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {_mm256_mul_ps(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {_mm256_div_ps(a.v, b.v)}; }
  static Vec fma(Vec a, Vec b, Vec c) { return {_mm256_fmadd_ps(a.v, b.v, c.v)}; }
  static Vec sqrt(Vec a) { return {_mm256_sqrt_ps(a.v)}; }
  static Vec floor(Vec a) { return {_mm256_floor_ps(a.v)}; }
  static Vec min_or_nan(Vec bound, Vec a) { return {_mm256_min_ps(bound.v, a.v)}; }
  static Vec max_or_nan(Vec bound, Vec a) { return {_mm256_max_ps(bound.v, a.v)}; }
  static Vec abs(Vec a) { return {_mm256_andnot_ps(_mm256_set1_ps(-0.0f), a.v)}; }
  static Vec copysign(Vec size, Vec sign) {
    const __m256 bit = _mm256_set1_ps(-0.0f);
    return {_mm256_or_ps(_mm256_andnot_ps(bit, size.v), _mm256_and_ps(bit, sign.v))};
  }
  static Mask less(Vec a, Vec b) { return _mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ); }
  static Mask at_most(Vec a, Vec b) { return _mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ); }
  static Mask is_nan(Vec a) { return _mm256_cmp_ps(a.v, a.v, _CMP_UNORD_Q); }
  static Mask differ(Vec a, Vec b) { return _mm256_cmp_ps(a.v, b.v, _CMP_NEQ_OQ); }
  static unsigned bits(Mask m) { return static_cast<unsigned>(_mm256_movemask_ps(m)); }
  static Vec select(Mask m, Vec yes, Vec no) { return {_mm256_blendv_ps(no.v, yes.v, m)}; }
  static S sum(Vec a) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(a.v), _mm256_extractf128_ps(a.v, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }
  [[gnu::always_inline]] static Vec sums(const Vec* rows) {
    // Pair four lanes of a row with four of the row four later, then take two of each of four rows, then one of eight.
    __m256 four[4], two[2];
    for (int j = 0; j < 4; ++j)
      four[j] = _mm256_add_ps(_mm256_permute2f128_ps(rows[j].v, rows[j + 4].v, 0x20),
                              _mm256_permute2f128_ps(rows[j].v, rows[j + 4].v, 0x31));
    for (int j = 0; j < 2; ++j)
      two[j] = _mm256_add_ps(_mm256_shuffle_ps(four[2 * j], four[2 * j + 1], 0x44),
                             _mm256_shuffle_ps(four[2 * j], four[2 * j + 1], 0xEE));
    return {_mm256_add_ps(_mm256_shuffle_ps(two[0], two[1], 0x88), _mm256_shuffle_ps(two[0], two[1], 0xDD))};
  }
  static void columns(const S* const* rows, std::ptrdiff_t at, Vec* out) {
    // Pair four numbers of row j with those of the row four later, then transpose blocks of 4 x 4.
    for (int first = 0; first < lanes; first += 4) {
      __m256 row[4];
      for (int j = 0; j < 4; ++j) {
        const S* const p = rows[j] + at + first;
        row[j] =
            _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(p)), _mm_loadu_ps(rows[j + 4] + at + first), 1);
      }
      const __m256d low01 = _mm256_castps_pd(_mm256_unpacklo_ps(row[0], row[1]));
      const __m256d high01 = _mm256_castps_pd(_mm256_unpackhi_ps(row[0], row[1]));
      const __m256d low23 = _mm256_castps_pd(_mm256_unpacklo_ps(row[2], row[3]));
      const __m256d high23 = _mm256_castps_pd(_mm256_unpackhi_ps(row[2], row[3]));
      out[first] = {_mm256_castpd_ps(_mm256_unpacklo_pd(low01, low23))};
      out[first + 1] = {_mm256_castpd_ps(_mm256_unpackhi_pd(low01, low23))};
      out[first + 2] = {_mm256_castpd_ps(_mm256_unpacklo_pd(high01, high23))};
      out[first + 3] = {_mm256_castpd_ps(_mm256_unpackhi_pd(high01, high23))};
    }
  }
  /// words[l] < trunc(fraction_l 2^32). AVX2 has signed conversions and comparisons only. So values from 2^31 on are
  /// converted less 2^31, which is exact, and both sides are compared less 2^31.
  static Mask drawn_below(const std::uint32_t* words, Vec fraction) {
    const __m256 scaled = _mm256_mul_ps(fraction.v, _mm256_set1_ps(0x1p32f));
    const __m256 half = _mm256_set1_ps(0x1p31f);
    const __m256 large = _mm256_cmp_ps(scaled, half, _CMP_GE_OQ);
    const __m256i sign = _mm256_set1_epi32(INT32_MIN);
    const __m256i rest = _mm256_cvttps_epi32(_mm256_sub_ps(scaled, _mm256_and_ps(large, half)));
    const __m256i threshold = _mm256_xor_si256(rest, _mm256_andnot_si256(_mm256_castps_si256(large), sign));
    const __m256i word = _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(words)), sign);
    const __m256 below = _mm256_castsi256_ps(_mm256_cmpgt_epi32(threshold, word));
    return _mm256_or_ps(below, _mm256_cmp_ps(fraction.v, _mm256_set1_ps(1.0f), _CMP_EQ_OQ));
  }
};

template <>
struct Vec<double, 32> {
  using S = double;
  using Mask = __m256d;
  static constexpr int lanes = 4;
  __m256d v;

  static Vec load(const S* p) { return {_mm256_loadu_pd(p)}; }
  void store(S* p) const { _mm256_storeu_pd(p, v); }
  static Vec all(S x) { return {_mm256_set1_pd(x)}; }
  friend Vec operator+(Vec a, Vec b) { return {_mm256_add_pd(a.v, b.v)}; }
  friend Vec operator-(Vec a, Vec b) { return {_mm256_sub_pd(a.v, b.v)}; }
  friend Vec operator*(Vec a, Vec b) { return {_mm256_mul_pd(a.v, b.v)}; }
  friend Vec operator/(Vec a, Vec b) { return {_mm256_div_pd(a.v, b.v)}; }
  static Vec fma(Vec a, Vec b, Vec c) { return {_mm256_fmadd_pd(a.v, b.v, c.v)}; }
  static Vec sqrt(Vec a) { return {_mm256_sqrt_pd(a.v)}; }
  static Vec floor(Vec a) { return {_mm256_floor_pd(a.v)}; }
  static Vec min_or_nan(Vec bound, Vec a) { return {_mm256_min_pd(bound.v, a.v)}; }
  static Vec max_or_nan(Vec bound, Vec a) { return {_mm256_max_pd(bound.v, a.v)}; }
  static Vec abs(Vec a) { return {_mm256_andnot_pd(_mm256_set1_pd(-0.0), a.v)}; }
  static Vec copysign(Vec size, Vec sign) {
    const __m256d bit = _mm256_set1_pd(-0.0);
    return {_mm256_or_pd(_mm256_andnot_pd(bit, size.v), _mm256_and_pd(bit, sign.v))};
  }
  static Mask less(Vec a, Vec b) { return _mm256_cmp_pd(a.v, b.v, _CMP_LT_OQ); }
  static Mask at_most(Vec a, Vec b) { return _mm256_cmp_pd(a.v, b.v, _CMP_LE_OQ); }
  static Mask is_nan(Vec a) { return _mm256_cmp_pd(a.v, a.v, _CMP_UNORD_Q); }
  static Mask differ(Vec a, Vec b) { return _mm256_cmp_pd(a.v, b.v, _CMP_NEQ_OQ); }
  static unsigned bits(Mask m) { return static_cast<unsigned>(_mm256_movemask_pd(m)); }
  static Vec select(Mask m, Vec yes, Vec no) { return {_mm256_blendv_pd(no.v, yes.v, m)}; }
  static S sum(Vec a) {
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(a.v), _mm256_extractf128_pd(a.v, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  }
  [[gnu::always_inline]] static Vec sums(const Vec* rows) {
    __m256d two[2];
    for (int j = 0; j < 2; ++j)
      two[j] = _mm256_add_pd(_mm256_permute2f128_pd(rows[j].v, rows[j + 2].v, 0x20),
                             _mm256_permute2f128_pd(rows[j].v, rows[j + 2].v, 0x31));
    return {_mm256_add_pd(_mm256_unpacklo_pd(two[0], two[1]), _mm256_unpackhi_pd(two[0], two[1]))};
  }
  static void columns(const S* const* rows, std::ptrdiff_t at, Vec* out) {
    for (int first = 0; first < lanes; first += 2) {
      __m256d row[2];
      for (int j = 0; j < 2; ++j) {
        const S* const p = rows[j] + at + first;
        row[j] =
            _mm256_insertf128_pd(_mm256_castpd128_pd256(_mm_loadu_pd(p)), _mm_loadu_pd(rows[j + 2] + at + first), 1);
      }
      out[first] = {_mm256_unpacklo_pd(row[0], row[1])};
      out[first + 1] = {_mm256_unpackhi_pd(row[0], row[1])};
    }
  }
  static Mask drawn_below(const double* draws, Vec fraction) { return less(load(draws), fraction); }
};

template <>
struct Words<32> {
  using Single = Vec<float, 32>;
  static constexpr int lanes = 8;
  __m256i v;

  static Words all(std::uint32_t x) { return {_mm256_set1_epi32(static_cast<int>(x))}; }
  static Words counting() { return {_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)}; }
  static Words load(const std::uint32_t* in) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(in))}; }
  void store(std::uint32_t* out) const { _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), v); }
  friend Words operator+(Words a, Words b) { return {_mm256_add_epi32(a.v, b.v)}; }
  friend Words operator-(Words a, Words b) { return {_mm256_sub_epi32(a.v, b.v)}; }
  friend Words operator^(Words a, Words b) { return {_mm256_xor_si256(a.v, b.v)}; }
  friend Words operator&(Words a, Words b) { return {_mm256_and_si256(a.v, b.v)}; }
  template <int Bits>
  static Words right(Words a) {
    return {_mm256_srli_epi32(a.v, Bits)};
  }
  template <int Bits>
  static Words left(Words a) {
    return {_mm256_slli_epi32(a.v, Bits)};
  }
  template <int Bits>
  static Words signed_right(Words a) {
    return {_mm256_srai_epi32(a.v, Bits)};
  }
  template <int Bit>
  static Single::Mask has(Words a) {
    return _mm256_castsi256_ps(_mm256_srai_epi32(_mm256_slli_epi32(a.v, 31 - Bit), 31));
  }
  static Words product(Words a, Words b) { return {_mm256_mul_epu32(a.v, b.v)}; }
  static Words upper(Words a) { return {_mm256_srli_epi64(a.v, 32)}; }
  static Words join(Words even, Words odd) { return {_mm256_blend_epi32(even.v, _mm256_slli_epi64(odd.v, 32), 0xAA)}; }
  static Words exclusive(Words a, Words b, Words c) { return a ^ b ^ c; }
  static Words exclusive_part(Words a, Words b, Words mask) { return a ^ (b & mask); }
  static Single unsigned_number(Words a) {
    const __m256 high = _mm256_cvtepi32_ps(_mm256_srli_epi32(a.v, 16));
    const __m256 low = _mm256_cvtepi32_ps(_mm256_and_si256(a.v, _mm256_set1_epi32(0xFFFF)));
    return {_mm256_fmadd_ps(high, _mm256_set1_ps(65536.0f), low)};
  }
  static Single signed_number(Words a) { return {_mm256_cvtepi32_ps(a.v)}; }
  static Words bits_of(Single a) { return {_mm256_castps_si256(a.v)}; }
  static Single number_of(Words a) { return {_mm256_castsi256_ps(a.v)}; }
  static void store_in_turn(Words a, Words b, Words c, Words d, void* out) {
    const __m256i ab_low = _mm256_unpacklo_epi32(a.v, b.v), ab_high = _mm256_unpackhi_epi32(a.v, b.v);
    const __m256i cd_low = _mm256_unpacklo_epi32(c.v, d.v), cd_high = _mm256_unpackhi_epi32(c.v, d.v);
    // Blocks 0, 4; 1, 5; 2, 6; 3, 7 in lanes of 128 bits.
    const __m256i r0 = _mm256_unpacklo_epi64(ab_low, cd_low), r1 = _mm256_unpackhi_epi64(ab_low, cd_low);
    const __m256i r2 = _mm256_unpacklo_epi64(ab_high, cd_high), r3 = _mm256_unpackhi_epi64(ab_high, cd_high);
    auto* to = static_cast<__m256i*>(out);
    _mm256_storeu_si256(to, _mm256_permute2x128_si256(r0, r1, 0x20));
    _mm256_storeu_si256(to + 1, _mm256_permute2x128_si256(r2, r3, 0x20));
    _mm256_storeu_si256(to + 2, _mm256_permute2x128_si256(r0, r1, 0x31));
    _mm256_storeu_si256(to + 3, _mm256_permute2x128_si256(r2, r3, 0x31));
  }
};

}  // namespace
