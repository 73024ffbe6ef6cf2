// Portable vectors, implemented as arrays, for any processor; contract: vec.hpp. Included inside the namespace of its
// build.

namespace {

template <class T, int Bytes>
struct Vec {
  using S = T;
  static constexpr int lanes = Bytes / static_cast<int>(sizeof(S));
  struct Mask {
    bool at[lanes];
  };
  S v[lanes];

  template <class Function>
  static Vec each(Function function) {
    Vec result;
    for (int l = 0; l < lanes; ++l) result.v[l] = function(l);
    return result;
  }
  template <class Function>
  static Mask where(Function function) {
    Mask result;
    for (int l = 0; l < lanes; ++l) result.at[l] = function(l);
    return result;
  }

  static Vec load(const S* p) {
    return each([&](int l) { return p[l]; });
  }
  void store(S* p) const {
    for (int l = 0; l < lanes; ++l) p[l] = v[l];
  }
  static Vec all(S x) {
    return each([&](int) { return x; });
  }
  friend Vec operator+(Vec a, Vec b) {
    return each([&](int l) { return a.v[l] + b.v[l]; });
  }
  friend Vec operator-(Vec a, Vec b) {
    return each([&](int l) { return a.v[l] - b.v[l]; });
  }
  friend Vec operator*(Vec a, Vec b) {
    return each([&](int l) { return a.v[l] * b.v[l]; });
  }
  friend Vec operator/(Vec a, Vec b) {
    return each([&](int l) { return a.v[l] / b.v[l]; });
  }
  static Vec fma(Vec a, Vec b, Vec c) {
    return each([&](int l) { return std::fma(a.v[l], b.v[l], c.v[l]); });
  }
  static Vec sqrt(Vec a) {
    return each([&](int l) { return std::sqrt(a.v[l]); });
  }
  static Vec floor(Vec a) {
    return each([&](int l) { return std::floor(a.v[l]); });
  }
  static Vec min_or_nan(Vec bound, Vec a) {
    return each([&](int l) { return bound.v[l] < a.v[l] ? bound.v[l] : a.v[l]; });
  }
  static Vec max_or_nan(Vec bound, Vec a) {
    return each([&](int l) { return bound.v[l] > a.v[l] ? bound.v[l] : a.v[l]; });
  }
  static Vec abs(Vec a) {
    return each([&](int l) { return std::abs(a.v[l]); });
  }
  static Vec copysign(Vec size, Vec sign) {
    return each([&](int l) { return std::copysign(size.v[l], sign.v[l]); });
  }
  static Mask less(Vec a, Vec b) {
    return where([&](int l) { return a.v[l] < b.v[l]; });
  }
  static Mask at_most(Vec a, Vec b) {
    return where([&](int l) { return a.v[l] <= b.v[l]; });
  }
  static Mask is_nan(Vec a) {
    return where([&](int l) { return std::isnan(a.v[l]); });
  }
  static Mask differ(Vec a, Vec b) {
    return where([&](int l) { return a.v[l] < b.v[l] || b.v[l] < a.v[l]; });
  }
  static unsigned bits(Mask m) {
    unsigned result = 0;
    for (int l = 0; l < lanes; ++l) result |= m.at[l] ? 1u << l : 0u;
    return result;
  }
  static Vec select(Mask m, Vec yes, Vec no) {
    return each([&](int l) { return m.at[l] ? yes.v[l] : no.v[l]; });
  }
  static S sum(Vec a) {
    for (int half = lanes / 2; half > 0; half /= 2)
      for (int l = 0; l < half; ++l) a.v[l] += a.v[l + half];
    return a.v[0];
  }
  static Vec sums(const Vec* rows) {
    return each([&](int l) { return sum(rows[l]); });
  }
  static void columns(const S* const* rows, std::ptrdiff_t at, Vec* out) {
    for (int i = 0; i < lanes; ++i) out[i] = each([&](int l) { return rows[l][at + i]; });
  }
  template <class Draw>
  static Mask drawn_below(const Draw* draws, Vec fraction) {
    return where([&](int l) { return goes_up(fraction.v[l], draws[l]); });
  }
};

template <int Bytes>
struct Words {
  using Single = Vec<float, Bytes>;
  static constexpr int lanes = Bytes / 4;
  std::uint32_t v[lanes];

  template <class Function>
  static Words each(Function function) {
    Words result;
    for (int l = 0; l < lanes; ++l) result.v[l] = static_cast<std::uint32_t>(function(l));
    return result;
  }
  template <class Function>
  static Single number(Function function) {
    Single result;
    for (int l = 0; l < lanes; ++l) result.v[l] = function(l);
    return result;
  }

  static Words all(std::uint32_t x) {
    return each([&](int) { return x; });
  }
  static Words counting() {
    return each([](int l) { return l; });
  }
  static Words load(const std::uint32_t* in) {
    return each([&](int l) { return in[l]; });
  }
  void store(std::uint32_t* out) const {
    for (int l = 0; l < lanes; ++l) out[l] = v[l];
  }
  friend Words operator+(Words a, Words b) {
    return each([&](int l) { return a.v[l] + b.v[l]; });
  }
  friend Words operator-(Words a, Words b) {
    return each([&](int l) { return a.v[l] - b.v[l]; });
  }
  friend Words operator^(Words a, Words b) {
    return each([&](int l) { return a.v[l] ^ b.v[l]; });
  }
  friend Words operator&(Words a, Words b) {
    return each([&](int l) { return a.v[l] & b.v[l]; });
  }
  template <int Bits>
  static Words right(Words a) {
    return each([&](int l) { return a.v[l] >> Bits; });
  }
  template <int Bits>
  static Words left(Words a) {
    return each([&](int l) { return a.v[l] << Bits; });
  }
  template <int Bits>
  static Words signed_right(Words a) {
    return each([&](int l) { return static_cast<std::int32_t>(a.v[l]) >> Bits; });
  }
  template <int Bit>
  static typename Single::Mask has(Words a) {
    return Single::where([&](int l) { return (a.v[l] >> Bit & 1) != 0; });
  }
  static Words product(Words a, Words b) {
    return each([&](int l) {
      const std::uint64_t product = std::uint64_t{a.v[l & ~1]} * b.v[l & ~1];
      return l % 2 == 0 ? product : product >> 32;
    });
  }
  static Words upper(Words a) {
    return each([&](int l) { return l % 2 == 0 ? a.v[l + 1] : 0u; });
  }
  static Words join(Words even, Words odd) {
    return each([&](int l) { return l % 2 == 0 ? even.v[l] : odd.v[l - 1]; });
  }
  static Words exclusive(Words a, Words b, Words c) { return a ^ b ^ c; }
  static Words exclusive_part(Words a, Words b, Words mask) { return a ^ (b & mask); }
  static Single unsigned_number(Words a) {
    return number([&](int l) { return static_cast<float>(a.v[l]); });
  }
  static Single signed_number(Words a) {
    return number([&](int l) { return static_cast<float>(static_cast<std::int32_t>(a.v[l])); });
  }
  static Words bits_of(Single a) {
    return each([&](int l) { return __builtin_bit_cast(std::uint32_t, a.v[l]); });
  }
  static Single number_of(Words a) {
    return number([&](int l) { return __builtin_bit_cast(float, a.v[l]); });
  }
  static void store_in_turn(Words a, Words b, Words c, Words d, void* out) {
    std::uint32_t words[4 * lanes];
    for (int l = 0; l < lanes; ++l) {
      words[4 * l] = a.v[l];
      words[4 * l + 1] = b.v[l];
      words[4 * l + 2] = c.v[l];
      words[4 * l + 3] = d.v[l];
    }
    __builtin_memcpy(out, words, sizeof words);
  }
};

}  // namespace
