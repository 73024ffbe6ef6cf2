// Included inside the namespace of a build, after its vectors, level_kernels.inl and few_kernels.inl; contract:
// lane_kernels.hpp.

namespace {

/// <x, u> and ||x||^2 in the order of the samples.
template <class S>
struct PlainProducts {
  S along = 0, norm = 0;
  bool dead = true;  ///< x is all zeros

  PlainProducts(std::ptrdiff_t samples, const S* x, const S* u) {
    for (std::ptrdiff_t i = 0; i < samples; ++i) {
      along = scalar_fma(x[i], u[i], along);
      norm = scalar_fma(x[i], x[i], norm);
      dead = dead && x[i] == 0;
    }
  }
  S argument(S weight) const { return norm > 0 ? weight + along / norm : S(0); }
  /// Whether InputPair takes such a column.
  bool proper() const {
    constexpr S smallest = std::numeric_limits<S>::min();
    return dead || (norm >= smallest && norm <= 1 / smallest);
  }
};

/// One problem after another, where there are no vectors to gain by.
template <template <class> class Level, class S, bool Random = false>
bool follow_plain_lanes(const LaneChunk<S>& chunk) {
  const Level<Scalar<S>> level(chunk.range);
  bool proper = true;
  for (std::ptrdiff_t k = 0; k < lane_group<S>; ++k) {
    S* const u = chunk.states + k * lane_state<S>(chunk.samples);
    for (std::ptrdiff_t t = 0; t < chunk.count; ++t) {
      const S* const x = chunk.inputs[k] + (chunk.first + t) * chunk.samples;
      const S w = chunk.weights[k][chunk.first + t];
      const PlainProducts<S> products(chunk.samples, x, u);
      Scalar<S> margin{S(0)};
      unsigned beyond = 0;
      const S d = level({products.argument(w)}, {chunk.steps[k]},
                        Random ? chunk.draws + t * lane_group<S> + k : nullptr, margin, beyond)
                      .v;
      for (std::ptrdiff_t i = 0; i < chunk.samples; ++i) u[i] = scalar_fma(x[i], w - d, u[i]);
      chunk.decisions[k][chunk.first + t] = d;
      chunk.clipped[k] += beyond;
      proper = proper && w - w == 0 && products.proper();
    }
  }
  return proper;
}

/// The problems of a group in turn.
template <template <class> class Level, class V, bool Random>
class LanePath {
 public:
  using S = typename V::S;
  static constexpr std::ptrdiff_t G = lane_group<S>;
  // Decisions are made for as many problems as a vector of 32 bytes has lanes, and squares of it are transposed.
  using Row = Vec<S, 32>;
  static constexpr int L = Row::lanes;
  static constexpr int rows = static_cast<int>(G) / L;
  static constexpr int filled = Chains<S, V>::lanes;

  explicit LanePath(const LaneChunk<S>& chunk)
      : chunk_(chunk),
        level_(chunk.range),
        samples_(chunk.samples),
        whole_(chunk.samples / filled * filled),
        tolerance_(static_cast<S>(3 * chunk.samples + 80) * epsilon) {
    for (int r = 0; r < rows; ++r) {
      steps_[r] = Row::load(chunk.steps + r * L);
      reach_[r] = Row::load(chunk.reach + r * L);
      // What products below the normal numbers may lose; and columns that are dead, or nearly, are near in any case.
      const S lost = static_cast<S>(4 * chunk.samples + 64) * std::numeric_limits<S>::denorm_min() / root_of_smallest;
      least_[r] = Row::fma(Row::all(2 * root_of_smallest), steps_[r], Row::all(lost));
    }
    largest_norm_ = no_number_ = Row::all(S(0));
  }

  template <int Whole>
  bool follow() {
    S weights[L * G], decisions[L * G];
    for (std::ptrdiff_t t = 0; t < chunk_.count; ++t) {
      const std::ptrdiff_t row = t % L;
      if (row == 0) interleave_weights(t, weights);
      for (int r = 0; r < rows; ++r) {
        if (t == 0)
          products<0, false>(t, r);
        else
          products<Whole, true>(t, r);
        decide(t, r, weights + row * G + r * L, decisions + row * G + r * L);
      }
      if (row + 1 == L || t + 1 == chunk_.count) part(decisions, t - row, row + 1);
    }
    for (std::ptrdiff_t k = 0; k < G; ++k) {
      const S* const x = column(chunk_.count - 1, k);
      for (std::ptrdiff_t i = 0; i < samples_; ++i) state(k)[i] = scalar_fma(x[i], changes_[k], state(k)[i]);
    }
    for (int r = 0; r < rows; ++r) {
      reach_[r].store(chunk_.reach + r * L);
      for (int l = 0; l < L; ++l) chunk_.clipped[r * L + l] += static_cast<std::int64_t>(counts_[r] >> 8 * l & 0xFF);
    }
    return is_proper();
  }

 private:
  static constexpr S epsilon = std::numeric_limits<S>::epsilon() / 2;
  static constexpr S smallest = std::numeric_limits<S>::min();
  static constexpr S root_of_smallest = std::is_same_v<S, float> ? S(0x1p-63) : S(0x1p-511);

  const S* column(std::ptrdiff_t t, std::ptrdiff_t k) const {
    return chunk_.inputs[k] + (chunk_.first + t) * samples_;
  }
  S* state(std::ptrdiff_t k) const { return chunk_.states + k * lane_state<S>(samples_); }

  /// u += e x_{t-1} where it has moved; s and n of the problems of row r. Whole > 0: columns of so many times 64 bytes.
  template <int Whole, bool Moved>
  [[gnu::always_inline]] void products(std::ptrdiff_t t, int r) {
    Row s[L], n[L];
    const std::ptrdiff_t at = (chunk_.first + t) * samples_;
    const std::ptrdiff_t m = Whole > 0 ? Whole * filled : samples_;
    const S* const* const inputs = chunk_.inputs + r * L;
    const S* const changes = changes_ + r * L;
    S* const states = chunk_.states + r * L * lane_state<S>(m);
#pragma GCC unroll 8
    for (int l = 0; l < L; ++l) {
      const S* const x = inputs[l] + at;
      S* const u = states + l * lane_state<S>(m);
      const V e = V::all(changes[l]);
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
    along_ = Row::sums(s);
    norm_ = Row::sums(n);
  }
  template <bool Moved>
  [[gnu::always_inline]] void any(const S* x, S* u, V e, Chains<S, V>& along, Chains<S, V>& norm) const {
    for (std::ptrdiff_t i = 0; i < whole_; i += filled) add<Moved>(x + i, x - samples_ + i, u + i, e, along, norm);
    if (whole_ == samples_) return;
    // What does not fill 64 bytes goes through buffers, filled up with zeros.
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

  /// Asks for the column after the next two: there are more problems than streams that processors foresee.
  [[gnu::always_inline]] static void fetch(const S* x, std::ptrdiff_t m) {
    const auto size = static_cast<std::uintptr_t>(m) * sizeof(S), at = reinterpret_cast<std::uintptr_t>(x) + 3 * size;
    for (std::uintptr_t i = 0; i < size; i += 64) __builtin_prefetch(reinterpret_cast<const void*>(at + i));
  }

  void decide(std::ptrdiff_t t, int r, const S* weights, S* decisions) {
    const Row zero = Row::all(S(0)), w = Row::load(weights), n = norm_;
    const Row c = Row::select(Row::less(zero, n), w + along_ / n, zero);
    const Draw<S>* const draws = Random ? chunk_.draws + t * G + r * L : nullptr;
    Row margin;
    unsigned beyond = 0;
    Row d = level_(c, steps_[r], draws, margin, beyond);
    if constexpr (Random && std::is_same_v<S, float>) margin = margin_of_words(c, steps_[r], draws);

    // Not near: margin sqrt(n) > tolerance reach + 8 eps |c| sqrt(n), and n not next to nothing; a NaN is near.
    const Row length = Row::sqrt(n);
    const Row bound = Row::fma(Row::all(8 * epsilon) * Row::abs(c), length,
                               Row::fma(Row::all(tolerance_), reach_[r], least_[r]));
    const unsigned near = ~Row::bits(Row::less(bound, margin * length)) & ((1u << L) - 1);
    d.store(decisions);
    if (near != 0) {
      again(t, r, near, weights, decisions, beyond);
      d = Row::load(decisions);
    }
    const Row change = w - d;
    change.store(changes_ + r * L);
    reach_[r] = Row::fma(Row::abs(change) * Row::all(S(1.0625)), length, reach_[r]);
    counts_[r] += spread(beyond);
    largest_norm_ = Row::max_or_nan(largest_norm_, n);
  }

  /// Bit l of 8 as 0 or 1 in byte l.
  static std::uint64_t spread(unsigned bits) {
    constexpr std::uint64_t ones = 0x0101010101010101u;
    return ((((bits * ones) & 0x8040201008040201u) + 0x7F * ones) >> 7) & ones;
  }

  /// How far the part of c between its levels is from the draw, less what the conversion of the draw may be off.
  Row margin_of_words(Row c, Row step, const std::uint32_t* draws) const {
    using Word = Words<sizeof(Row)>;
    const Row z = c / step - level_.range.h;
    const Row draw = Word::unsigned_number(Word::load(draws)) * Row::all(0x1p-32f);
    const Row distance = Row::abs(draw - (z - Row::floor(z)));
    const Row around = Row::all(1.0f) - distance;
    return (Row::select(Row::less(around, distance), around, distance) - Row::all(0x1p-22f)) * step;
  }

  /// Problems whose decision is to be made in the plain order of summation.
  [[gnu::noinline]] void again(std::ptrdiff_t t, int r, unsigned lanes, const S* weights, S* decisions,
                               unsigned& beyond) {
    const Level<Scalar<S>> level(chunk_.range);
    for (; lanes != 0; lanes &= lanes - 1) {
      const int l = __builtin_ctz(lanes);
      const std::ptrdiff_t k = r * L + l;
      const PlainProducts<S> products(samples_, column(t, k), state(k));
      Scalar<S> margin{S(0)};
      unsigned clipped = 0;
      decisions[l] = level({products.argument(weights[l])}, {chunk_.steps[k]},
                           Random ? chunk_.draws + t * G + k : nullptr, margin, clipped)
                         .v;
      beyond = (beyond & ~(1u << l)) | clipped << l;
      proper_ = proper_ && products.proper();
    }
  }

  /// After the chunk.
  bool is_proper() const {
    bool proper = proper_ && Row::bits(Row::is_nan(no_number_)) == 0;
    if (Row::bits(Row::less(largest_norm_, Row::all(S(0.5) / smallest))) == (1u << L) - 1) return proper;
    for (std::ptrdiff_t t = 0; t < chunk_.count; ++t)
      for (std::ptrdiff_t k = 0; k < G; ++k)
        proper = proper && PlainProducts<S>(samples_, column(t, k), state(k)).proper();
    return proper;
  }

  /// L features from t on of every weight vector, one row of G a feature; what is behind the last feature is zeros.
  void interleave_weights(std::ptrdiff_t t, S* out) {
    const std::ptrdiff_t begin = chunk_.first + t;
    Row tile[L];
    for (std::ptrdiff_t k = 0; k < G; k += L) {
      S ends[L][L];
      const S* lanes[L];
      std::ptrdiff_t at = begin;
      for (int l = 0; l < L; ++l) lanes[l] = chunk_.weights[k + l];
      if (begin + L > chunk_.features) {
        for (int l = 0; l < L; ++l) {
          for (int i = 0; i < L; ++i) ends[l][i] = begin + i < chunk_.features ? lanes[l][begin + i] : S(0);
          lanes[l] = ends[l];
        }
        at = 0;
      }
      Row::columns(lanes, at, tile);
      for (int i = 0; i < L; ++i) {
        tile[i].store(out + i * G + k);
        no_number_ = Row::fma(tile[i], Row::all(S(0)), no_number_);
      }
    }
  }

  /// Rows of decisions, `count` of them, to the problems they belong to.
  void part(const S* decided, std::ptrdiff_t t, std::ptrdiff_t count) const {
    const S* row[L];
    for (int k = 0; k < L; ++k) row[k] = decided + k * G;
    Row lanes[L];
    for (std::ptrdiff_t lane = 0; lane < G; lane += L) {
      Row::columns(row, lane, lanes);
      for (int l = 0; l < L; ++l) {
        S* const out = chunk_.decisions[lane + l] + chunk_.first + t;
        if (count == L) {
          lanes[l].store(out);
        } else {
          for (std::ptrdiff_t k = 0; k < count; ++k) out[k] = decided[k * G + lane + l];
        }
      }
    }
  }

  const LaneChunk<S>& chunk_;
  Level<Row> level_;
  std::ptrdiff_t samples_, whole_;
  S tolerance_;
  Row steps_[rows], reach_[rows], least_[rows];
  Row along_, norm_, largest_norm_;
  Row no_number_;  // a NaN where a weight was not finite
  alignas(64) S changes_[G];
  std::uint64_t counts_[rows] = {};  // of clipped decisions, a byte a problem
  bool proper_ = true;
};

template <template <class> class Level, class V, bool Random = false>
bool follow_lanes(const LaneChunk<typename V::S>& chunk) {
  using Path = LanePath<Level, V, Random>;
  Path path(chunk);
  if (chunk.samples == 2 * Path::filled) return path.template follow<2>();
  if (chunk.samples == 4 * Path::filled) return path.template follow<4>();
  return path.template follow<0>();
}

template <class S>
constexpr LaneKernels<S> plain_lane_table{&follow_plain_lanes<NearestLevel, S>, &follow_plain_lanes<SoftLevel, S>,
                                          &follow_plain_lanes<HardLevel, S>,
                                          &follow_plain_lanes<StochasticLevel, S, true>};

template <class V>
constexpr LaneKernels<typename V::S> lane_table{&follow_lanes<NearestLevel, V>, &follow_lanes<SoftLevel, V>,
                                                &follow_lanes<HardLevel, V>, &follow_lanes<StochasticLevel, V, true>};

}  // namespace
