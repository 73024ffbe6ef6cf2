// A vector of one lane, for decisions of a single neuron; contract: vec.hpp. Included inside the namespace of a build.

namespace {

[[gnu::always_inline]] inline float scalar_fma(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
[[gnu::always_inline]] inline double scalar_fma(double a, double b, double c) {
  return __builtin_fma(a, b, c);
}
[[gnu::always_inline]] inline float scalar_floor(float a) {
  return __builtin_floorf(a);
}
[[gnu::always_inline]] inline double scalar_floor(double a) {
  return __builtin_floor(a);
}

template <class T>
struct Scalar {
  using S = T;
  using Mask = bool;
  static constexpr int lanes = 1;
  S v;

  static Scalar load(const S* p) { return {*p}; }
  void store(S* p) const { *p = v; }
  static Scalar all(S x) { return {x}; }
  friend Scalar operator+(Scalar a, Scalar b) { return {a.v + b.v}; }
  friend Scalar operator-(Scalar a, Scalar b) { return {a.v - b.v}; }
  friend Scalar operator*(Scalar a, Scalar b) { return {a.v * b.v}; }
  friend Scalar operator/(Scalar a, Scalar b) { return {a.v / b.v}; }
  static Scalar fma(Scalar a, Scalar b, Scalar c) { return {scalar_fma(a.v, b.v, c.v)}; }
  static Scalar floor(Scalar a) { return {scalar_floor(a.v)}; }
  static Scalar min_or_nan(Scalar bound, Scalar a) { return {bound.v < a.v ? bound.v : a.v}; }
  static Scalar max_or_nan(Scalar bound, Scalar a) { return {bound.v > a.v ? bound.v : a.v}; }
  static Scalar abs(Scalar a) { return {a.v < 0 ? -a.v : a.v + S(0)}; }
  static Scalar copysign(Scalar size, Scalar sign) { return {static_cast<S>(__builtin_copysign(size.v, sign.v))}; }
  static Mask less(Scalar a, Scalar b) { return a.v < b.v; }
  static Mask at_most(Scalar a, Scalar b) { return a.v <= b.v; }
  static Mask is_nan(Scalar a) { return a.v != a.v; }
  static Mask differ(Scalar a, Scalar b) { return a.v < b.v || b.v < a.v; }
  static unsigned bits(Mask m) { return m ? 1u : 0u; }
  static Scalar select(Mask m, Scalar yes, Scalar no) { return m ? yes : no; }
  template <class Draw>
  static Mask drawn_below(const Draw* draws, Scalar fraction) {
    return goes_up(fraction.v, *draws);
  }
};

}  // namespace
