// Block solver kernels; contract: solve_kernels.hpp. Included inside the namespace of a build. V is its widest vector,
// Half its vector of 32 bytes.

namespace {

/// Rows first .. B-1 and `V::lanes` columns from `first` on of the Gram matrix of one block.
template <class S, class V, int First>
void gram_part(std::ptrdiff_t rows, const S* xq, const S* x, S* g) {
  Tile<S, block_features - First, 1, V> tile;
  tile.load(g + First * gram_stride + First, gram_stride);
#pragma GCC unroll 1
  for (std::ptrdiff_t i = 0; i + 1 < rows; ++i)
    tile.add(xq + i * block_features + First, 1, x + i * block_features + First);
  // Another thread may be writing the memory behind the last row.
  S last[gram_stride] = {};
  __builtin_memcpy(last, x + (rows - 1) * block_features, block_features * sizeof(S));
  tile.add(xq + (rows - 1) * block_features + First, 1, last + First);
  tile.store(g + First * gram_stride + First, gram_stride);
}

/// For V of 32 bytes: columns 0, lanes, 2 lanes, .., each from its own row on, as the part above the diagonal is
/// unused.
template <class S, class V>
void gram(std::ptrdiff_t rows, const S* xq, const S* x, S* g) {
  gram_part<S, V, 0>(rows, xq, x, g);
  gram_part<S, V, V::lanes>(rows, xq, x, g);
  if constexpr (2 * V::lanes < block_features) gram_part<S, V, 2 * V::lanes>(rows, xq, x, g);
}

/// `Count` vectors V side by side.
template <class V, int Count>
struct Row {
  using S = typename V::S;
  static constexpr int lanes = Count * V::lanes;
  V v[Count];

  static Row load(const S* from) {
    Row row;
#pragma GCC unroll 4
    for (int i = 0; i < Count; ++i) row.v[i] = V::load(from + i * V::lanes);
    return row;
  }
  void store(S* to) const {
#pragma GCC unroll 4
    for (int i = 0; i < Count; ++i) v[i].store(to + i * V::lanes);
  }
  /// Loads a row whose lower and upper halves are stored apart.
  static Row load(const S* lower, const S* upper) {
    Row row;
#pragma GCC unroll 4
    for (int i = 0; i < Count; ++i) row.v[i] = V::load((2 * i < Count ? lower : upper) + i * V::lanes);
    return row;
  }
  void store(S* lower, S* upper) const {
#pragma GCC unroll 4
    for (int i = 0; i < Count; ++i) v[i].store((2 * i < Count ? lower : upper) + i * V::lanes);
  }
  /// Adds factor times a row.
  void add(S factor, const Row& row) {
    const V all = V::all(factor);
#pragma GCC unroll 4
    for (int i = 0; i < Count; ++i) v[i] = V::fma(all, row.v[i], v[i]);
  }
};

/// Neurons solved together: from `first` on, `live` of them not padding. All are in one strip, or the second half is in
/// the next strip.
template <class V, int Count>
struct NeuronSlice {
  static constexpr int lanes = Count * V::lanes;
  std::ptrdiff_t first, live;
  unsigned real[Count];  // for each vector, one bit for each lane

  template <class S>
  NeuronSlice(const BlockProblem<S>& problem, std::ptrdiff_t j)
      : first(j), live(problem.neurons - j < lanes ? problem.neurons - j : lanes) {
#pragma GCC unroll 4
    for (int i = 0; i < Count; ++i) {
      const std::ptrdiff_t here = live - i * V::lanes;
      real[i] = here >= V::lanes ? (1u << V::lanes) - 1 : here > 0 ? (1u << here) - 1 : 0;
    }
  }
};

/// Decision by the levels of a uniform alphabet.
template <template <class> class Level, class V, bool Random>
class LevelRow {
 public:
  using S = typename V::S;
  explicit LevelRow(const BlockProblem<S>& problem) : problem_(problem), level_(problem.range) {}

  template <int Count>
  [[gnu::always_inline]] std::int64_t operator()(int t, const NeuronSlice<V, Count>& some, const Row<V, Count>& c,
                                                 Row<V, Count>& q, Row<V, Count>& margin) const {
    std::int64_t clipped = 0;
#pragma GCC unroll 4
    for (int i = 0; i < Count; ++i) {
      const std::ptrdiff_t at = some.first + i * V::lanes;
      const Draw<S>* draws = Random ? problem_.draws + t * problem_.filled + at : nullptr;
      unsigned beyond = 0;
      q.v[i] = level_(c.v[i], V::load(problem_.steps + at), draws, margin.v[i], beyond);
      clipped += __builtin_popcount(beyond & some.real[i]);
    }
    return clipped;
  }

 private:
  const BlockProblem<S>& problem_;
  Level<V> level_;
};

/// Decision by the caller's callback.
template <class V>
class OtherRow {
 public:
  using S = typename V::S;
  explicit OtherRow(const BlockProblem<S>& problem) : problem_(problem) {}

  template <int Count>
  std::int64_t operator()(int t, const NeuronSlice<V, Count>& some, const Row<V, Count>& c, Row<V, Count>& q,
                          Row<V, Count>& margin) const {
    constexpr int lanes = Row<V, Count>::lanes;
    S arguments[lanes], decisions[lanes] = {}, margins[lanes] = {};
    c.store(arguments);
    constexpr bool guarded = std::is_same_v<S, double>;
    const std::int64_t clipped =
        problem_.decide(problem_.self, t, some.first, some.live, arguments, decisions, guarded ? margins : nullptr);
    q = Row<V, Count>::load(decisions);
    margin = Row<V, Count>::load(margins);
    return clipped;
  }

 private:
  const BlockProblem<S>& problem_;
};

/// Decides again the arguments c of neurons j, j + 1, .. whose bits in `near` are set; bit 0 belongs to index `first`.
[[gnu::noinline]] inline std::int64_t decide_again(const BlockProblem<double>& problem, int t, std::ptrdiff_t j,
                                                   int first, unsigned near, const double* c, double* q) {
  std::int64_t clipped = 0;
  for (; near != 0; near &= near - 1) {
    const int l = first + __builtin_ctz(near);
    clipped += problem.again(problem.self, t, j + l, c[l], q + l);
  }
  return clipped;
}

/// Decides again where an argument is too close to a change of its decision.
template <class V, int Count>
[[gnu::always_inline]] inline std::int64_t decide_near(const BlockProblem<double>& problem, int t,
                                                       const NeuronSlice<V, Count>& some, const Row<V, Count>& c,
                                                       Row<V, Count>& q, const Row<V, Count>& margin) {
  const V tolerance = V::all(problem.tolerances[t]), unit = V::all(8 * 0x1p-53);
  unsigned near[Count], any = 0;
#pragma GCC unroll 4
  for (int i = 0; i < Count; ++i) {
    const V reach = V::load(problem.reach + some.first + i * V::lanes);
    near[i] = V::bits(V::at_most(margin.v[i], V::fma(tolerance, reach, unit * V::abs(c.v[i])))) & some.real[i];
    any |= near[i];
  }
  if (any == 0) [[likely]]
    return 0;
  double arguments[NeuronSlice<V, Count>::lanes], decisions[NeuronSlice<V, Count>::lanes];
  c.store(arguments);
  q.store(decisions);
  std::int64_t clipped = 0;
  for (int i = 0; i < Count; ++i)
    clipped += decide_again(problem, t, some.first, i * V::lanes, near[i], arguments, decisions);
  q = Row<V, Count>::load(decisions);
  return clipped;
}

/// reach += norm |row|.
template <class V, int Count>
void extend(double norm, const Row<V, Count>& row, double* reach) {
#pragma GCC unroll 4
  for (int i = 0; i < Count; ++i)
    V::fma(V::all(norm), V::abs(row.v[i]), V::load(reach + i * V::lanes)).store(reach + i * V::lanes);
}

/// Asks for rows of w and q that are wanted soon, for they lie far apart: three rows ahead and, behind the last row, the
/// first ones of the next neurons.
template <int Lanes, class S>
void fetch_rows(const BlockProblem<S>& problem, int t, std::ptrdiff_t j) {
  constexpr int ahead = 3;
  constexpr std::ptrdiff_t line = 64 / static_cast<std::ptrdiff_t>(sizeof(S));
  const bool here = t + ahead < problem.features;
  const int later = here ? t + ahead : t + ahead - problem.features;
  const std::ptrdiff_t column = here ? j : j + Lanes;
  if (later >= problem.features) return;
  for (std::ptrdiff_t l = column; l < column + Lanes && l < problem.filled; l += line) {
    __builtin_prefetch(problem.w[later] + l);
    __builtin_prefetch(problem.q[later] + l, 1);
  }
}

/// The neurons from j on. What they wait for is one decision after another; several vectors at a time do so together.
template <bool Pair, int Count, class Decide, class V>
std::int64_t solve_some(const BlockProblem<typename V::S>& problem, const Decide& decide, std::ptrdiff_t j) {
  using S = typename V::S;
  using Neurons = Row<V, Count>;
  constexpr bool guarded = std::is_same_v<S, double>;
  const NeuronSlice<V, Count> some(problem, j);
  const std::ptrdiff_t strip = problem.strip;
  // Addresses of the lower half, and of the upper half as if the strips were one row.
  const std::ptrdiff_t lower = j / strip, upper = (j + (Count > 1 ? Neurons::lanes / 2 : 0)) / strip;
  const S* s_lower = problem.s + lower * (block_features - 1) * strip + j;
  const S* s_upper = problem.s + upper * (block_features - 1) * strip + j;
  S* const e_lower = problem.e + lower * (problem.e_stride - strip) + j;
  S* const e_upper = problem.e + upper * (problem.e_stride - strip) + j;
  std::int64_t clipped = 0;
  Neurons last;  // e_{t-1}, kept in registers
  for (int t = 0; t < problem.features; ++t) {
    fetch_rows<Neurons::lanes>(problem, t, j);
    const S* const g = Pair ? problem.g + t * gram_stride : nullptr;
    const S* const h = problem.h + t * gram_stride;
    const Neurons w = Neurons::load(problem.w[t] + j);
    Neurons c = Neurons::load(s_lower + t * strip, s_upper + t * strip);
    for (int k = 0; k + 1 < t; ++k) {
      if constexpr (Pair) c.add(g[k], Neurons::load(problem.w[k] + j));
      c.add(h[k], Neurons::load(e_lower + k * strip, e_upper + k * strip));
    }
    if (t > 0) {
      if constexpr (Pair) c.add(g[t - 1], Neurons::load(problem.w[t - 1] + j));
      c.add(h[t - 1], last);
    }
    if constexpr (Pair) c.add(g[t], w);
    const V inverse = V::all(problem.inverses[t]);
    const bool dead = problem.inverses[t] == 0;
#pragma GCC unroll 4
    for (int i = 0; i < Count; ++i)
      if (dead)
        c.v[i] = V::all(S(0));
      else if constexpr (Pair)
        c.v[i] = c.v[i] * inverse;
      else
        c.v[i] = V::fma(c.v[i], inverse, w.v[i]);

    Neurons q, margin;
    clipped += decide(t, some, c, q, margin);
    if constexpr (guarded) {
      if (problem.weight_reach != nullptr) extend(problem.weight_reach[t], w, problem.reach + j);
      if (!dead) clipped += decide_near(problem, t, some, c, q, margin);
    }
    q.store(problem.q[t] + j);
#pragma GCC unroll 4
    for (int i = 0; i < Count; ++i) last.v[i] = (Pair ? V::all(S(-0.0)) : w.v[i]) - q.v[i];
    last.store(e_lower + t * strip, e_upper + t * strip);
    if constexpr (guarded) extend(problem.norms[t], last, problem.reach + j);
  }
  return clipped;
}

/// Solves by four V, then by V, then by Half.
template <bool Pair, class Wide, class Narrow, class V, class Half>
std::int64_t solve(const BlockProblem<typename V::S>& problem) {
  std::int64_t clipped = 0;
  std::ptrdiff_t j = 0;
  const Wide wide(problem);
  for (; j + 4 * V::lanes <= problem.filled; j += 4 * V::lanes)
    clipped += solve_some<Pair, 4, Wide, V>(problem, wide, j);
  for (; j + V::lanes <= problem.filled; j += V::lanes) clipped += solve_some<Pair, 1, Wide, V>(problem, wide, j);
  const Narrow narrow(problem);
  for (; j < problem.filled; j += Half::lanes) clipped += solve_some<Pair, 1, Narrow, Half>(problem, narrow, j);
  return clipped;
}

template <bool Pair, template <class> class Level, class V, class Half, bool Random = false>
std::int64_t solve_levels(const BlockProblem<typename V::S>& problem) {
  return solve<Pair, LevelRow<Level, V, Random>, LevelRow<Level, Half, Random>, V, Half>(problem);
}

template <bool Pair, class V, class Half>
constexpr BlockKernels<typename V::S> block_table{
    &solve_levels<Pair, NearestLevel, V, Half>, &solve_levels<Pair, SoftLevel, V, Half>,
    &solve_levels<Pair, HardLevel, V, Half>, &solve_levels<Pair, StochasticLevel, V, Half, true>,
    &solve<Pair, OtherRow<V>, OtherRow<Half>, V, Half>};

template <class S, class V, class Half>
constexpr SolveKernels<S> solve_table{&gram<S, Half>, block_table<false, V, Half>, block_table<true, V, Half>};

}  // namespace
