// Kernels of batched path following; contract: batched_kernels.hpp. Included inside the namespace of a build, after its
// vectors, level_kernels.inl and single_neuron_kernels.inl.

namespace {

/// The problems of a group in turn.
template <template <class> class Level, class V, bool Random>
class BatchedPath {
 public:
  using S = typename V::S;
  static constexpr std::ptrdiff_t G = batched_group<S>;
  // One vector decides for as many problems as it has lanes. Folding sums and transposing tiles uses vectors of 32
  // bytes.
  static constexpr int L = V::lanes;
  static constexpr int rows = static_cast<int>(G) / L;
  using Half = Vec<S, 32>;
  static constexpr int T = Half::lanes;
  static constexpr int filled = Chains<S, V>::lanes;

  explicit BatchedPath(const BatchedChunk<S>& chunk)
      : chunk_(chunk),
        level_(chunk.range),
        samples_(chunk.samples),
        whole_(chunk.samples / filled * filled),
        tolerance_(static_cast<S>(3 * chunk.samples + 80) * epsilon) {
    for (int r = 0; r < rows; ++r) {
      steps_[r] = V::load(chunk.steps + r * L);
      reach_[r] = V::load(chunk.reach + r * L);
      // Bound of the rounding error of denormal products. Dead and nearly dead columns count as near in any case.
      const S lost = static_cast<S>(4 * chunk.samples + 64) * std::numeric_limits<S>::denorm_min() / root_of_smallest;
      least_[r] = V::fma(V::all(2 * root_of_smallest), steps_[r], V::all(lost));
    }
    largest_norm_ = V::all(S(0));
    no_number_ = Half::all(S(0));
  }

  template <int Whole>
  bool follow() {
    S weights[T * G], decisions[T * G];
    for (std::ptrdiff_t t = 0; t < chunk_.count; ++t) {
      const std::ptrdiff_t row = t % T;
      if (row == 0) interleave_weights(t, weights);
      for (int r = 0; r < rows; ++r) {
        if (t == 0)
          products<Whole, false>(t, r);
        else
          products<Whole, true>(t, r);
        decide(t, r, weights + row * G + r * L, decisions + row * G + r * L);
      }
      if (row + 1 == T || t + 1 == chunk_.count) part(decisions, t - row, row + 1);
    }
    for (std::ptrdiff_t k = 0; k < G; ++k) {
      const S* const x = column(chunk_.count - 1, k);
      for (std::ptrdiff_t i = 0; i < samples_; ++i) state(k)[i] = scalar_fma(x[i], changes_[k], state(k)[i]);
    }
    for (int r = 0; r < rows; ++r) reach_[r].store(chunk_.reach + r * L);
    for (std::ptrdiff_t k = 0; k < G; ++k)
      chunk_.clipped[k] += static_cast<std::int64_t>(counts_[k / 8] >> k % 8 * 8 & 0xFF);
    return is_proper();
  }

 private:
  static constexpr S epsilon = std::numeric_limits<S>::epsilon() / 2;
  static constexpr S smallest = std::numeric_limits<S>::min();
  static constexpr S root_of_smallest = std::is_same_v<S, float> ? S(0x1p-63) : S(0x1p-511);

  const S* column(std::ptrdiff_t t, std::ptrdiff_t k) const { return chunk_.inputs[k] + (chunk_.first + t) * samples_; }
  S* state(std::ptrdiff_t k) const { return chunk_.states + k * batched_state<S>(samples_); }

  /// u += e x_{t-1} where `Moved`, then s and n, for the problems of row r. Whole > 0: columns of Whole times 64 bytes.
  template <int Whole, bool Moved>
  [[gnu::always_inline]] void products(std::ptrdiff_t t, int r) {
    const Sums first = sums_of<Whole, Moved>(t, r * L);
    if constexpr (L == T) {
      along_ = first.along;
      norm_ = first.norm;
    } else {
      const Sums second = sums_of<Whole, Moved>(t, r * L + T);
      along_ = V::join(first.along, second.along);
      norm_ = V::join(first.norm, second.norm);
    }
  }
  /// Sums of problems k .. k + T - 1.
  struct Sums {
    Half along, norm;
  };
  template <int Whole, bool Moved>
  [[gnu::always_inline]] Sums sums_of(std::ptrdiff_t t, std::ptrdiff_t k) const {
    Half s[T], n[T];
    const std::ptrdiff_t at = (chunk_.first + t) * samples_;
    const std::ptrdiff_t m = Whole > 0 ? Whole * filled : samples_;
    const S* const* const inputs = chunk_.inputs + k;
    S* const states = chunk_.states + k * batched_state<S>(m);
#pragma GCC unroll 8
    for (int l = 0; l < T; ++l) {
      const S* const x = inputs[l] + at;
      S* const u = states + l * batched_state<S>(m);
      const V e = V::all(changes_[k + l]);
      Chains<S, V> along = Chains<S, V>::zero(), norm = Chains<S, V>::zero();
      fetch(x, m);
      if constexpr (Whole > 0) {
#pragma GCC unroll 8
        for (int c = 0; c < Whole; ++c) add<Moved>(x + c * filled, x - m + c * filled, u + c * filled, e, along, norm);
      } else {
        any<Moved>(x, u, e, along, norm);
      }
      s[l] = along.half();
      n[l] = norm.half();
    }
    return {Half::sums(s), Half::sums(n)};
  }
  template <bool Moved>
  [[gnu::always_inline]] void any(const S* x, S* u, V e, Chains<S, V>& along, Chains<S, V>& norm) const {
    for (std::ptrdiff_t i = 0; i < whole_; i += filled) add<Moved>(x + i, x - samples_ + i, u + i, e, along, norm);
    if (whole_ == samples_) return;
    // The last part of a column, shorter than 64 bytes, is copied to buffers padded with zeros.
    S rest[filled] = {}, before[filled] = {};
    for (std::ptrdiff_t i = whole_; i < samples_; ++i) {
      rest[i - whole_] = x[i];
      if constexpr (Moved) before[i - whole_] = x[i - samples_];
    }
    add<Moved>(rest, before, u + whole_, e, along, norm);
  }
  template <bool Moved>
  [[gnu::always_inline]] static void add(const S* x, const S* before, S* u, V e, Chains<S, V>& along,
                                         Chains<S, V>& norm) {
    for (int c = 0; c < Chains<S, V>::count; ++c) {
      const V input = V::load(x + c * V::lanes);
      V moved = V::load(u + c * V::lanes);
      if constexpr (Moved) {
        moved = V::fma(V::load(before + c * V::lanes), e, moved);
        moved.store(u + c * V::lanes);
      }
      along.v[c] = V::fma(input, moved, along.v[c]);
      norm.v[c] = V::fma(input, input, norm.v[c]);
    }
  }

  /// Prefetches the column after the next two: a group has more problems than the hardware prefetcher has streams.
  [[gnu::always_inline]] static void fetch(const S* x, std::ptrdiff_t m) {
    const auto size = static_cast<std::uintptr_t>(m) * sizeof(S), at = reinterpret_cast<std::uintptr_t>(x) + 3 * size;
    for (std::uintptr_t i = 0; i < size; i += 64) __builtin_prefetch(reinterpret_cast<const void*>(at + i));
  }

  void decide(std::ptrdiff_t t, int r, const S* weights, S* decisions) {
    const V zero = V::all(S(0)), w = V::load(weights), n = norm_;
    const V c = V::select(V::less(zero, n), w + along_ / n, zero);
    const Draw<S>* const draws = Random ? chunk_.draws + t * G + r * L : nullptr;
    V margin;
    unsigned beyond = 0;
    V d = level_(c, steps_[r], draws, margin, beyond);
    if constexpr (Random && std::is_same_v<S, float>) margin = margin_of_words(c, steps_[r], draws);

    // Not near: margin sqrt(n) > tolerance reach + 8 eps |c| sqrt(n), and n not close to 0. A NaN counts as near.
    const V length = V::sqrt(n);
    const V bound = V::fma(V::all(8 * epsilon) * V::abs(c), length, V::fma(V::all(tolerance_), reach_[r], least_[r]));
    const unsigned near = ~V::bits(V::less(bound, margin * length)) & ((1u << L) - 1);
    d.store(decisions);
    if (near != 0) {
      again(t, r, near, weights, decisions, beyond);
      d = V::load(decisions);
    }
    const V change = w - d;
    change.store(changes_ + r * L);
    reach_[r] = V::fma(V::abs(change) * V::all(S(1.0625)), length, reach_[r]);
    for (int l = 0; l < L; l += 8) counts_[(r * L + l) / 8] += spread(beyond >> l & 0xFF) << r * L % 8 * 8;
    largest_norm_ = V::max_or_nan(largest_norm_, n);
  }

  /// Spreads 8 bits over 8 bytes: bit l becomes 0 or 1 in byte l.
  static std::uint64_t spread(unsigned bits) {
    constexpr std::uint64_t ones = 0x0101010101010101u;
    return ((((bits * ones) & 0x8040201008040201u) + 0x7F * ones) >> 7) & ones;
  }

  /// Distance of the fractional part of c from the draw, less the largest error of converting the draw.
  V margin_of_words(V c, V step, const std::uint32_t* draws) const {
    using Word = Words<sizeof(V)>;
    const V z = c / step - level_.range.h;
    const V draw = Word::unsigned_number(Word::load(draws)) * V::all(0x1p-32f);
    const V distance = V::abs(draw - (z - V::floor(z)));
    const V around = V::all(1.0f) - distance;
    return (V::select(V::less(around, distance), around, distance) - V::all(0x1p-22f)) * step;
  }

  /// Decides again in the reference order of summation, for the problems whose bits are set in `lanes`.
  [[gnu::noinline]] void again(std::ptrdiff_t t, int r, unsigned lanes, const S* weights, S* decisions,
                               unsigned& beyond) {
    const Level<Scalar<S>> level(chunk_.range);
    for (; lanes != 0; lanes &= lanes - 1) {
      const int l = __builtin_ctz(lanes);
      const std::ptrdiff_t k = r * L + l;
      const ReferenceProducts<S> products(samples_, column(t, k), state(k));
      Scalar<S> margin{S(0)};
      unsigned clipped = 0;
      decisions[l] = level({products.argument(weights[l])}, {chunk_.steps[k]},
                           Random ? chunk_.draws + t * G + k : nullptr, margin, clipped)
                         .v;
      beyond = (beyond & ~(1u << l)) | clipped << l;
      proper_ = proper_ && products.proper();
    }
  }

  /// Result of the chunk: whether the weights and norms were valid.
  bool is_proper() const {
    bool proper = proper_ && Half::bits(Half::is_nan(no_number_)) == 0;
    if (V::bits(V::less(largest_norm_, V::all(S(0.5) / smallest))) == (1u << L) - 1) return proper;
    for (std::ptrdiff_t t = 0; t < chunk_.count; ++t)
      for (std::ptrdiff_t k = 0; k < G; ++k)
        proper = proper && ReferenceProducts<S>(samples_, column(t, k), state(k)).proper();
    return proper;
  }

  /// Gathers T features from t on of every weight vector, one row of G a feature. Rows beyond the last feature are
  /// zeros.
  void interleave_weights(std::ptrdiff_t t, S* out) {
    const std::ptrdiff_t begin = chunk_.first + t;
    Half tile[T];
    for (std::ptrdiff_t k = 0; k < G; k += T) {
      S ends[T][T];
      const S* lanes[T];
      std::ptrdiff_t at = begin;
      for (int l = 0; l < T; ++l) lanes[l] = chunk_.weights[k + l];
      if (begin + T > chunk_.features) {
        for (int l = 0; l < T; ++l) {
          for (int i = 0; i < T; ++i) ends[l][i] = begin + i < chunk_.features ? lanes[l][begin + i] : S(0);
          lanes[l] = ends[l];
        }
        at = 0;
      }
      Half::columns(lanes, at, tile);
      for (int i = 0; i < T; ++i) {
        tile[i].store(out + i * G + k);
        no_number_ = Half::fma(tile[i], Half::all(S(0)), no_number_);
      }
    }
  }

  /// Scatters `count` rows of decisions to their problems.
  void part(const S* decided, std::ptrdiff_t t, std::ptrdiff_t count) const {
    const S* row[T];
    for (int k = 0; k < T; ++k) row[k] = decided + k * G;
    Half lanes[T];
    for (std::ptrdiff_t lane = 0; lane < G; lane += T) {
      Half::columns(row, lane, lanes);
      for (int l = 0; l < T; ++l) {
        S* const out = chunk_.decisions[lane + l] + chunk_.first + t;
        if (count == T) {
          lanes[l].store(out);
        } else {
          for (std::ptrdiff_t k = 0; k < count; ++k) out[k] = decided[k * G + lane + l];
        }
      }
    }
  }

  const BatchedChunk<S>& chunk_;
  Level<V> level_;
  std::ptrdiff_t samples_, whole_;
  S tolerance_;
  V steps_[rows], reach_[rows], least_[rows];
  V along_, norm_, largest_norm_;
  Half no_number_;  // NaN where a weight was not finite
  alignas(64) S changes_[G] = {};
  std::uint64_t counts_[G / 8] = {};  // clipped decisions, one byte a problem
  bool proper_ = true;
};

template <template <class> class Level, class V, bool Random = false>
bool follow_batched(const BatchedChunk<typename V::S>& chunk) {
  using Path = BatchedPath<Level, V, Random>;
  Path path(chunk);
  if (chunk.samples == 2 * Path::filled) return path.template follow<2>();
  if (chunk.samples == 4 * Path::filled) return path.template follow<4>();
  return path.template follow<0>();
}

template <class V>
constexpr BatchedKernels<typename V::S> batched_table{&follow_batched<NearestLevel, V>, &follow_batched<SoftLevel, V>,
                                                      &follow_batched<HardLevel, V>,
                                                      &follow_batched<StochasticLevel, V, true>};

}  // namespace
