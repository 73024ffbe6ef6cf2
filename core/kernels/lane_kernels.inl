// Included inside the namespace of a build, after its vectors and level_kernels.inl; contract: lane_kernels.hpp.

namespace {

template <template <class> class Level, class V, bool Random>
class LanePath {
 public:
  using S = typename V::S;
  static constexpr std::ptrdiff_t G = lane_group<S>;
  static constexpr int L = V::lanes;
  static constexpr int vectors = static_cast<int>(G) / L;
  // Squares that are transposed; of half a vector of 64 bytes, which takes less time than a whole one.
  using Tile = Vec<S, 32>;
  static constexpr int T = Tile::lanes;
  static constexpr std::ptrdiff_t blocks_ahead = 4;

  explicit LanePath(const LaneChunk<S>& chunk)
      : chunk_(chunk), level_(chunk.range), per_block_(chunk.samples < lane_block ? lane_block / chunk.samples : 1) {
    for (int v = 0; v < vectors; ++v) steps_[v] = V::load(chunk.steps + v * L);
  }

  bool follow() {
    S weights[T * G], decisions[T * G];
    const S* x = nullptr;
    interleave_block(0);
    for (std::ptrdiff_t t = 0; t < chunk_.count; ++t) {
      const std::ptrdiff_t row = t % T;
      if (row == 0) interleave(chunk_.weights, chunk_.features, chunk_.first + t, 1, weights);
      const S* const before = x;
      x = column(t);
      if ((t + 1) % per_block_ == 0 && t + 1 < chunk_.count) fetch<3>(begin_of(t + 1), count_of(t + 1));
      if (t == 0)
        products<false>(x, x);
      else
        products<true>(before, x);
      decide(t, x, weights + row * G, decisions + row * G);
      // The next columns wait for nothing, beside decisions that wait for their divisions.
      if ((t + 1) % per_block_ == 0 && t + 1 < chunk_.count) interleave_block(t + 1);
      if (row + 1 == T || t + 1 == chunk_.count) part(decisions, t - row, row + 1);
    }
    for (std::ptrdiff_t i = 0; i < chunk_.samples; ++i)
      for (int v = 0; v < vectors; ++v) moved(x, i, v).store(chunk_.state + i * G + v * L);
    return proper_;
  }

 private:
  /// Numbers begin .. begin + count - 1 of every lane's `size` in rows of G, and up to T - 1 rows that hold anything.
  static void interleave(const S* const* lanes, std::ptrdiff_t size, std::ptrdiff_t begin, std::ptrdiff_t count,
                         S* out) {
    const std::ptrdiff_t whole = begin + (count + T - 1) / T * T <= size ? count : count / T * T;
    for (std::ptrdiff_t lane = 0; lane < G; lane += T) {
      for (std::ptrdiff_t k = 0; k < whole; k += T) transpose(lanes + lane, begin + k, out + k * G + lane);
      if (whole < count) {
        S ends[T][T];
        const S* rows[T];
        copy_ends(lanes + lane, size, begin + whole, ends, rows);
        transpose(rows, 0, out + whole * G + lane);
      }
    }
  }
  static void transpose(const S* const* rows, std::ptrdiff_t at, S* out) {
    Tile tile[T];
    Tile::columns(rows, at, tile);
    for (int i = 0; i < T; ++i) tile[i].store(out + i * G);
  }
  /// What is left from `begin`, filled up with zeros.
  [[gnu::noinline]] static void copy_ends(const S* const* lanes, std::ptrdiff_t size, std::ptrdiff_t begin,
                                          S (*ends)[T], const S** rows) {
    for (int l = 0; l < T; ++l) {
      for (int i = 0; i < T; ++i) ends[l][i] = begin + i < size ? lanes[l][begin + i] : S(0);
      rows[l] = ends[l];
    }
  }

  /// Asks for numbers that are interleaved later: the next block as far as the first cache, those after it only as far
  /// as the second, for columns of lanes a power of two apart would push each other out of the first. There are more
  /// lanes than streams that processors foresee.
  template <int Locality>
  void fetch(std::ptrdiff_t begin, std::ptrdiff_t count) const {
    if (begin + count > chunk_.samples * chunk_.features) return;
    for (std::ptrdiff_t lane = 0; lane < G; ++lane)
      for (std::ptrdiff_t k = 0; k < count; k += 64 / static_cast<std::ptrdiff_t>(sizeof(S)))
        __builtin_prefetch(chunk_.inputs[lane] + begin + k, 0, Locality);
  }
  std::ptrdiff_t begin_of(std::ptrdiff_t t) const { return (chunk_.first + t) * chunk_.samples; }
  std::ptrdiff_t count_of(std::ptrdiff_t t) const {
    const std::ptrdiff_t left = chunk_.count - t;
    return (left < per_block_ ? left : per_block_) * chunk_.samples;
  }

  // Two blocks in turn: the last column of the one before is needed when the next is there.
  S* block(std::ptrdiff_t t) const {
    return chunk_.columns + (t / per_block_ % 2 == 0 ? 0 : lane_columns<S>(chunk_.samples) / 2);
  }
  const S* column(std::ptrdiff_t t) const { return block(t) + t % per_block_ * chunk_.samples * G; }
  void interleave_block(std::ptrdiff_t t) const {
    const std::ptrdiff_t begin = begin_of(t), count = count_of(t);
    fetch<2>(begin + blocks_ahead * count, count);
    interleave(chunk_.inputs, chunk_.samples * chunk_.features, begin, count, block(t));
  }

  V moved(const S* x, std::ptrdiff_t i, int v) const {
    return V::fma(V::load(x + i * G + v * L), changes_[v], V::load(chunk_.state + i * G + v * L));
  }

  /// u += e x_{t-1} where it has moved; s and n.
  template <bool Moved>
  [[gnu::noinline]] void products(const S* before, const S* x) {
    V s[vectors], n[vectors], e[vectors];
    for (int v = 0; v < vectors; ++v) s[v] = n[v] = V::all(S(0)), e[v] = changes_[v];
    S* u = chunk_.state;
    for (const S* const end = x + chunk_.samples * G; x != end; x += G, before += G, u += G)
      for (int v = 0; v < vectors; ++v) {
        // Before the store, so that it is read once.
        const V input = V::load(x + v * L);
        n[v] = V::fma(input, input, n[v]);
        V state = V::load(u + v * L);
        if constexpr (Moved) {
          state = V::fma(V::load(before + v * L), e[v], state);
          state.store(u + v * L);
        }
        s[v] = V::fma(input, state, s[v]);
      }
    for (int v = 0; v < vectors; ++v) along_[v] = s[v], norms_[v] = n[v];
  }

  void decide(std::ptrdiff_t t, const S* x, const S* weights, S* decisions) {
    const V zero = V::all(S(0));
    for (int v = 0; v < vectors; ++v) {
      const V w = V::load(weights + v * L), n = norms_[v];
      const V c = V::select(V::less(zero, n), w + along_[v] / n, zero);
      V margin;
      unsigned beyond = 0;
      const V d = level_(c, steps_[v], Random ? chunk_.draws + t * G + v * L : nullptr, margin, beyond);
      d.store(decisions + v * L);
      changes_[v] = w - d;
      for (; beyond != 0; beyond &= beyond - 1) ++chunk_.clipped[v * L + __builtin_ctz(beyond)];
      constexpr S smallest = std::numeric_limits<S>::min(), largest = std::numeric_limits<S>::max();
      const unsigned normal = V::bits(V::at_most(V::all(smallest), n)) & V::bits(V::at_most(n, V::all(largest))) &
                              V::bits(V::at_most(V::abs(w), V::all(largest)));
      if (normal != (1u << L) - 1) look(x + v * L, weights + v * L, ~normal);
    }
  }

  /// At lanes whose column is dead, or that are refused.
  [[gnu::noinline]] void look(const S* x, const S* weights, unsigned lanes) {
    for (int l = 0; l < L; ++l) {
      if ((lanes >> l & 1u) == 0) continue;
      const S w = weights[l];
      bool dead = w - w == 0;
      for (std::ptrdiff_t i = 0; i < chunk_.samples; ++i) dead = dead && x[i * G + l] == 0;
      proper_ = proper_ && dead;
    }
  }

  /// Rows of decisions, `count` of them, to the lanes they belong to.
  void part(const S* rows, std::ptrdiff_t t, std::ptrdiff_t count) const {
    const S* row[T];
    for (int k = 0; k < T; ++k) row[k] = rows + k * G;
    Tile lanes[T];
    for (std::ptrdiff_t lane = 0; lane < G; lane += T) {
      Tile::columns(row, lane, lanes);
      for (int l = 0; l < T; ++l) {
        S* const out = chunk_.decisions[lane + l] + chunk_.first + t;
        if (count == T) {
          lanes[l].store(out);
        } else {
          for (std::ptrdiff_t k = 0; k < count; ++k) out[k] = rows[k * G + lane + l];
        }
      }
    }
  }

  const LaneChunk<S>& chunk_;
  Level<V> level_;
  std::ptrdiff_t per_block_;
  V steps_[vectors], along_[vectors], norms_[vectors], changes_[vectors];
  bool proper_ = true;
};

template <template <class> class Level, class V, bool Random = false>
bool follow_lanes(const LaneChunk<typename V::S>& chunk) {
  return LanePath<Level, V, Random>(chunk).follow();
}

template <class V>
constexpr LaneKernels<typename V::S> lane_table{&follow_lanes<NearestLevel, V>, &follow_lanes<SoftLevel, V>,
                                                &follow_lanes<HardLevel, V>, &follow_lanes<StochasticLevel, V, true>};

}  // namespace
