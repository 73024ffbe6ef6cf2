// Included inside the namespace of a build, after single_neuron_kernels.inl and streaming_sums.inl;
// contract: streaming_kernels.hpp.

namespace {

/// Inner products of the columns of a block: the lower triangle, row by row.
template <class S, class V>
struct StreamingGram {
  static constexpr int count = static_cast<int>(streaming_block * (streaming_block + 1) / 2);
  static constexpr int L = Vec<S, 32>::lanes;
  S products[(count + L - 1) / L * L];

  S operator()(int k, int l) const { return products[k * (k + 1) / 2 + l]; }

  void compute(std::ptrdiff_t samples, const S* x) {
    using Row = Vec<S, 32>;
    constexpr std::ptrdiff_t lanes = Chains<S, V>::lanes;
    Chains<S, V> sums[count];
    for (auto& sum : sums) sum = Chains<S, V>::zero();
    std::ptrdiff_t i = 0;
    for (; i + lanes <= samples; i += lanes)
      for (int k = 0, at = 0; k < streaming_block; ++k)
        for (int l = 0; l <= k; ++l) sums[at++].add(x + k * samples + i, x + l * samples + i);
    for (int first = 0; first < count; first += L) {
      Row halves[L];
      for (int j = 0; j < L; ++j) halves[j] = first + j < count ? sums[first + j].half() : Row::all(S(0));
      Row::sums(halves).store(products + first);
    }
    for (; i < samples; ++i)
      for (int k = 0, at = 0; k < streaming_block; ++k)
        for (int l = 0; l <= k; ++l, ++at)
          products[at] = scalar_fma(x[k * samples + i], x[l * samples + i], products[at]);
  }
};

/// Decision by the levels of a uniform alphabet.
template <template <class> class Level, class S, bool Random>
class StreamingLevels {
 public:
  using Row = Vec<S, 32>;
  explicit StreamingLevels(const StreamingChunk<S>& chunk)
      : level_(chunk.range), steps_(Row::load(chunk.steps)), draws_(chunk.draws), neurons_((1u << chunk.neurons) - 1) {}
  Row operator()(std::ptrdiff_t t, Row c, Row& margin, std::int64_t& clipped) const {
    unsigned beyond = 0;
    const Row d = level_(c, steps_, Random ? draws_ + t * Row::lanes : nullptr, margin, beyond);
    clipped += __builtin_popcount(beyond & neurons_);
    return d;
  }

 private:
  Level<Row> level_;
  Row steps_;
  const Draw<S>* draws_;
  unsigned neurons_;
};

/// Decision by the caller's callback.
template <class S>
class StreamingOther {
 public:
  using Row = Vec<S, 32>;
  explicit StreamingOther(const StreamingChunk<S>& chunk) : decider_(chunk.decider) {}
  Row operator()(std::ptrdiff_t t, Row c, Row& margin, std::int64_t& clipped) const {
    S arguments[Row::lanes], d[Row::lanes] = {}, distances[Row::lanes] = {};
    c.store(arguments);
    clipped += decider_.decide(decider_.context, t, arguments, d, std::is_same_v<S, double> ? distances : nullptr);
    margin = Row::load(distances);
    return Row::load(d);
  }

 private:
  StreamingDecider<S> decider_;
};

/// Follows a chunk block by block.
template <class Decision, class S, class V>
class StreamingLayout {
 public:
  using Row = Vec<S, 32>;
  static constexpr int L = Row::lanes;

  explicit StreamingLayout(const StreamingChunk<S>& chunk) : chunk_(chunk), decision_(chunk) {
    if constexpr (std::is_same_v<S, double>) reach_ = norms_of_state();
  }

  std::int64_t follow() {
    S changes[streaming_block * L] = {};
    const std::ptrdiff_t stride = streaming_block * chunk_.samples;
    const S* x = chunk_.inputs;
    gram_.compute(chunk_.samples, x);
    for (std::ptrdiff_t t = 0; t < chunk_.count; t += streaming_block, x += stride) {
      Row s[streaming_block];
      if (t == 0)
        project(x, s);
      else
        advance_and_project(x - stride, changes, x, s);
      solve(t, x, s, changes);
    }
    add(chunk_.samples, x - stride, changes, 0, chunk_.samples, chunk_.state);
    return clipped_;
  }

 private:
  void project(const S* x, Row* s) const {
    for (int k = 0; k < streaming_block; ++k) s[k] = Row::all(S(0));
    for (std::ptrdiff_t i = 0; i < chunk_.samples; ++i) {
      const Row u = Row::load(chunk_.state + i * L);
      for (int k = 0; k < streaming_block; ++k) s[k] = Row::fma(Row::all(x[k * chunk_.samples + i]), u, s[k]);
    }
  }
  // Not inlined, here and below, so that the loop has all registers.
  [[gnu::noinline]] void advance_and_project(const S* before, const S* changes, const S* x, Row* s) const {
    const std::ptrdiff_t m = chunk_.samples;
    const Row e0 = Row::load(changes), e1 = Row::load(changes + L), e2 = Row::load(changes + 2 * L),
              e3 = Row::load(changes + 3 * L);
    Row s0 = Row::all(S(0)), s1 = s0, s2 = s0, s3 = s0;
    S* state = chunk_.state;
    for (const S* const end = before + m; before != end; ++before, ++x, state += L) {
      Row u = Row::load(state);
      u = Row::fma(Row::all(before[0]), e0, u);
      u = Row::fma(Row::all(before[m]), e1, u);
      u = Row::fma(Row::all(before[2 * m]), e2, u);
      u = Row::fma(Row::all(before[3 * m]), e3, u);
      u.store(state);
      s0 = Row::fma(Row::all(x[0]), u, s0);
      s1 = Row::fma(Row::all(x[m]), u, s1);
      s2 = Row::fma(Row::all(x[2 * m]), u, s2);
      s3 = Row::fma(Row::all(x[3 * m]), u, s3);
    }
    s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3;
  }

  /// Makes the decisions of a block. Each decision is followed by a quarter of the block's part of Y and of the next
  /// block's inner products: independent arithmetic that fills the waits of the dependent chain of decisions.
  void solve(std::ptrdiff_t first, const S* x, const Row* s, S* changes) {
    const std::ptrdiff_t m = chunk_.samples;
    const std::ptrdiff_t left = chunk_.count - first;
    const std::ptrdiff_t features = left < streaming_block ? left : streaming_block;
    S rows[streaming_block * L] = {};
    for (std::ptrdiff_t k = 0; k < features * L; ++k) rows[k] = chunk_.weights[first * L + k];
    for (std::ptrdiff_t k = features * L; k < streaming_block * L; ++k) changes[k] = 0;
    Row e[streaming_block];
    StreamingGram<S, V> next;
    for (int k = 0; k < streaming_block; ++k) {
      if (k < features) {
        const Row v = Row::load(rows + k * L);
        const S norm = gram_(k, k);
        const S inverse = S(1) / norm;
        chunk_.squared_norms[first + k] = norm;
        Row along = s[k];
        for (int l = 0; l < k; ++l) along = Row::fma(Row::all(gram_(k, l)), e[l], along);
        const Row c = norm > 0 ? Row::fma(along, Row::all(inverse), v) : Row::all(S(0));
        Row margin;
        std::int64_t clipped = 0;
        Row d = decision_(first + k, c, margin, clipped);
        if constexpr (std::is_same_v<S, double>) recheck(first, k, x, norm, c, margin, changes, d, clipped);
        clipped_ += clipped;
        d.store(chunk_.decisions + (first + k) * L);
        e[k] = v - d;
        e[k].store(changes + k * L);
      }
      add(m, x, rows, m * k / streaming_block, m * (k + 1) / streaming_block, chunk_.signal);
      if (k == 1 && left > streaming_block) next.compute(m, x + streaming_block * m);
    }
    gram_ = next;
  }

 public:
  /// out += X R of a block for samples begin .. end-1, feature by feature.
  [[gnu::noinline]] static void add(std::ptrdiff_t samples, const S* x, const S* rows, std::ptrdiff_t begin,
                                    std::ptrdiff_t end, S* out) {
    const Row r0 = Row::load(rows), r1 = Row::load(rows + L), r2 = Row::load(rows + 2 * L),
              r3 = Row::load(rows + 3 * L);
    out += begin * L;
    for (const S *p = x + begin, *const last = x + end; p != last; ++p, out += L) {
      Row sum = Row::load(out);
      sum = Row::fma(Row::all(p[0]), r0, sum);
      sum = Row::fma(Row::all(p[samples]), r1, sum);
      sum = Row::fma(Row::all(p[2 * samples]), r2, sum);
      sum = Row::fma(Row::all(p[3 * samples]), r3, sum);
      sum.store(out);
    }
  }

 private:
  /// Computes again, in the reference order of summation, the arguments that are too close to a change of their
  /// decision (core/path_following/recheck.hpp).
  void recheck(std::ptrdiff_t first, int k, const S* x, S norm, Row c, Row margin, const S* changes, Row& d,
               std::int64_t& clipped) {
    const S length = root(norm);
    if (norm > 0) {
      const Row scale = Row::all(static_cast<S>(3 * chunk_.samples + 72) * S(0x1p-53) / length);
      const Row tolerance = Row::fma(scale, reach_, Row::all(S(8 * 0x1p-53)) * Row::abs(c));
      if (const unsigned near = Row::bits(Row::at_most(margin, tolerance)); near != 0) {
        S again[L];
        c.store(again);
        for (int j = 0; j < L; ++j)
          if ((near >> j & 1u) != 0) again[j] = reference_argument(first, k, j, x, changes);
        Row ignored;
        clipped = 0;
        d = decision_(first + k, Row::load(again), ignored, clipped);
      }
    }
    reach_ = Row::fma(Row::all(length), Row::abs(Row::load(chunk_.weights + (first + k) * L) - d), reach_);
  }
  S reference_argument(std::ptrdiff_t first, int k, int j, const S* x, const S* changes) const {
    S sum = 0, norm = 0;
    for (std::ptrdiff_t i = 0; i < chunk_.samples; ++i) {
      S state = chunk_.state[i * L + j];
      for (int l = 0; l < k; ++l) state = scalar_fma(x[l * chunk_.samples + i], changes[l * L + j], state);
      const S own = x[k * chunk_.samples + i];
      sum = scalar_fma(own, state, sum);
      norm = scalar_fma(own, own, norm);
    }
    return chunk_.weights[(first + k) * L + j] + sum / norm;
  }
  Row norms_of_state() const {
    S squares[L] = {};
    for (std::ptrdiff_t i = 0; i < chunk_.samples; ++i)
      for (int j = 0; j < L; ++j) squares[j] += chunk_.state[i * L + j] * chunk_.state[i * L + j];
    for (S& square : squares) square = root(square) * S(1 + 1e-6);
    return Row::load(squares);
  }

  const StreamingChunk<S>& chunk_;
  Decision decision_;
  StreamingGram<S, V> gram_;
  Row reach_;  // double precision only
  std::int64_t clipped_ = 0;
};

template <class Decision, class S, class V>
std::int64_t follow_streaming(const StreamingChunk<S>& chunk) {
  return StreamingLayout<Decision, S, V>(chunk).follow();
}

template <class S, class V>
void streaming_accumulate(std::ptrdiff_t samples, std::ptrdiff_t count, const S* inputs, const S* rows, S* u) {
  constexpr std::ptrdiff_t L = Vec<S, 32>::lanes;
  for (std::ptrdiff_t t = 0; t < count; t += streaming_block) {
    S block[streaming_block * L] = {};
    for (std::ptrdiff_t k = 0; k < streaming_block * L && t * L + k < count * L; ++k) block[k] = rows[t * L + k];
    StreamingLayout<StreamingOther<S>, S, V>::add(samples, inputs + t * samples, block, 0, samples, u);
  }
}

template <class S, class V>
constexpr StreamingKernels<S> streaming_table{&follow_streaming<StreamingLevels<NearestLevel, S, false>, S, V>,
                                        &follow_streaming<StreamingLevels<SoftLevel, S, false>, S, V>,
                                        &follow_streaming<StreamingLevels<HardLevel, S, false>, S, V>,
                                        &follow_streaming<StreamingLevels<StochasticLevel, S, true>, S, V>,
                                        &follow_streaming<StreamingOther<S>, S, V>,
                                        &streaming_accumulate<S, V>,
                                        &streaming_tally<S>,
                                        &streaming_squared_norms<S, V>,
                                        &streaming_total<S, V>};

}  // namespace
