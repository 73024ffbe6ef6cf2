// Decision kernels; contract: level_kernels.hpp. Included inside the namespace of a build.

namespace {

/// Level range in vectors, and the rounding steps that all decisions share.
template <class V>
struct Range {
  using S = typename V::S;
  static constexpr S above_half = S(0.5) + std::numeric_limits<S>::epsilon() / 2;  // the next number
  V h, lowest, highest, half, up_from, one;

  explicit Range(const LevelRange<S>& range)
      : h(V::all(range.h)),
        lowest(V::all(range.lowest)),
        highest(V::all(range.highest)),
        half(V::all(S(0.5))),
        up_from(V::all(range.ties_to_lower ? above_half : S(0.5))),
        one(V::all(S(1))) {}

  /// Returns k, clipped, plus h. Sets the bits of the clipped lanes in `clipped`.
  V level(V k, unsigned& clipped) const {
    const V inside = V::min_or_nan(highest, V::max_or_nan(lowest, k));
    clipped = V::bits(V::differ(k, inside));
    return inside + h;
  }
  V nearest(V z, V& fraction, unsigned& clipped) const {
    const V below = V::floor(z - h);
    fraction = z - h - below;
    const V up = V::select(V::at_most(up_from, fraction), below + one, below);
    return level(up, clipped);
  }
};

/// sign(c) max(|c| - lambda, 0); a NaN stays a NaN.
template <class V>
V shrunk(V c, V threshold) {
  using S = typename V::S;
  const V zero = V::all(S(0));
  const V inside = V::select(V::is_nan(c), c, zero);
  const V below = V::select(V::less(c, zero - threshold), c + threshold, inside);
  return V::select(V::less(threshold, c), c - threshold, below);
}

template <class V>
struct NearestLevel {
  using S = typename V::S;
  Range<V> range;
  explicit NearestLevel(const LevelRange<S>& r) : range(r) {}
  V operator()(V c, V step, const Draw<S>* /*draws*/, V& margin, unsigned& clipped) const {
    V fraction;
    const V q = step * range.nearest(c / step, fraction, clipped);
    margin = V::abs(fraction - range.half) * step;
    return q;
  }
};

template <class V>
struct SoftLevel {
  using S = typename V::S;
  Range<V> range;
  V threshold;
  explicit SoftLevel(const LevelRange<S>& r) : range(r), threshold(V::all(r.threshold)) {}
  V operator()(V c, V step, const Draw<S>* /*draws*/, V& margin, unsigned& clipped) const {
    V fraction;
    const V q = step * range.nearest(shrunk(c, threshold) / step, fraction, clipped);
    margin = V::abs(fraction - range.half) * step;
    return q;
  }
};

template <class V>
struct HardLevel {
  using S = typename V::S;
  Range<V> range;
  V threshold;
  explicit HardLevel(const LevelRange<S>& r) : range(r), threshold(V::all(r.threshold)) {}
  V operator()(V c, V step, const Draw<S>* /*draws*/, V& margin, unsigned& clipped) const {
    const V zero = V::all(S(0));
    V fraction;
    const V beyond = shrunk(c, threshold);
    const V size = threshold + step * V::abs(range.nearest(beyond / step, fraction, clipped));
    const V rounding = V::abs(fraction - range.half) * step;
    const V thresholding = V::abs(V::abs(c) - threshold);
    margin = V::select(V::less(thresholding, rounding), thresholding, rounding);
    // beyond == 0: within the threshold
    const auto within = V::at_most(V::abs(beyond), zero);
    return V::select(within, zero, V::copysign(size, beyond));
  }
};

template <class V>
struct StochasticLevel {
  using S = typename V::S;
  Range<V> range;
  explicit StochasticLevel(const LevelRange<S>& r) : range(r) {}
  V operator()(V c, V step, const Draw<S>* draws, V& margin, unsigned& clipped) const {
    const V z = c / step;
    const V below = V::floor(z - range.h);
    const V fraction = z - range.h - below;
    const V q = step * range.level(V::select(V::drawn_below(draws, fraction), below + range.one, below), clipped);
    // As z grows, the decision changes where its fractional part passes the draw.
    if constexpr (std::is_same_v<S, double>) {
      const V distance = V::abs(V::load(draws) - fraction);
      const V around = range.one - distance;
      margin = V::select(V::less(around, distance), around, distance) * step;
    } else {
      margin = range.half - range.half;
    }
    return q;
  }
};

template <template <class> class Level, class V, bool Random>
struct Decided {
  using S = typename V::S;

  static std::int64_t at_random(const LevelRange<S>& range, std::ptrdiff_t count, const S* c, const S* steps,
                                const Draw<S>* draws, S* q, S* margin) {
    const Level<V> level(range);
    std::int64_t clipped = 0;
    std::ptrdiff_t j = 0;
    for (; j + V::lanes <= count; j += V::lanes) {
      V distance;
      unsigned beyond = 0;
      level(V::load(c + j), V::load(steps + j), Random ? draws + j : nullptr, distance, beyond).store(q + j);
      if (margin != nullptr) distance.store(margin + j);
      clipped += __builtin_popcount(beyond);
    }
    if (j == count) return clipped;
    // The remainder, in a padded vector.
    const auto rest = static_cast<int>(count - j);
    S c_rest[V::lanes] = {};
    S steps_rest[V::lanes];
    S q_rest[V::lanes];
    S margin_rest[V::lanes];
    Draw<S> draws_rest[V::lanes] = {};
    for (int l = 0; l < V::lanes; ++l) {
      c_rest[l] = l < rest ? c[j + l] : S(0);
      steps_rest[l] = l < rest ? steps[j + l] : S(1);
      if constexpr (Random) draws_rest[l] = l < rest ? draws[j + l] : Draw<S>(0);
    }
    V distance;
    unsigned beyond = 0;
    level(V::load(c_rest), V::load(steps_rest), draws_rest, distance, beyond).store(q_rest);
    distance.store(margin_rest);
    for (int l = 0; l < rest; ++l) {
      q[j + l] = q_rest[l];
      if (margin != nullptr) margin[j + l] = margin_rest[l];
    }
    return clipped + __builtin_popcount(beyond & ((1u << rest) - 1));
  }

  static std::int64_t decide(const LevelRange<S>& range, std::ptrdiff_t count, const S* c, const S* steps, S* q,
                             S* margin) {
    return at_random(range, count, c, steps, nullptr, q, margin);
  }
};

template <class V>
constexpr LevelKernels<typename V::S> level_table{
    &Decided<NearestLevel, V, false>::decide, &Decided<SoftLevel, V, false>::decide,
    &Decided<HardLevel, V, false>::decide, &Decided<StochasticLevel, V, true>::at_random};

}  // namespace
