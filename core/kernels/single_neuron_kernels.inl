// Kernels of single-neuron path following; contract: single_neuron_kernels.hpp. Included inside the namespace of a
// build, after its vectors and level_kernels.inl.

namespace {

/// Sums in 64 bytes' worth of lanes, held in vectors V.
template <class S, class V>
struct Chains {
  static constexpr int count = 64 / static_cast<int>(sizeof(S)) / V::lanes;
  static constexpr int lanes = count * V::lanes;
  V v[count];

  static Chains zero() {
    Chains chains;
    for (int c = 0; c < count; ++c) chains.v[c] = V::all(S(0));
    return chains;
  }
  /// += a b, for the next 64 bytes of both.
  void add(const S* a, const S* b) {
    for (int c = 0; c < count; ++c) v[c] = V::fma(V::load(a + c * V::lanes), V::load(b + c * V::lanes), v[c]);
  }
  /// Adds the upper half of the lanes to the lower one.
  Vec<S, 32> half() const {
    static_assert(count == 1 || count == 2);
    if constexpr (count == 2)
      return v[0] + v[1];
    else
      return V::half(v[0]);
  }
  /// Halves the lanes in this way until one number remains.
  S sum() const { return Vec<S, 32>::sum(half()); }
};

template <class S>
[[gnu::always_inline]] inline S root(S x) {
  return static_cast<S>(__builtin_sqrt(static_cast<double>(x)));
}

/// <x, u + e y>, summed in the order of the reference recurrence.
template <class S>
S reference_product(std::ptrdiff_t samples, const S* x, const S* u, S e, const S* y) {
  S sum = 0;
  for (std::ptrdiff_t i = 0; i < samples; ++i) sum = scalar_fma(x[i], scalar_fma(y[i], e, u[i]), sum);
  return sum;
}

/// Decision by the levels of a uniform alphabet.
template <template <class> class Level, class S, bool Random>
class LevelDecision {
 public:
  explicit LevelDecision(const SingleNeuronProblem<S>& problem)
      : level_(problem.range), step_{problem.step}, draws_(problem.draws) {}
  S operator()(std::ptrdiff_t t, S c, S& margin, unsigned& clipped) const {
    Scalar<S> distance{S(0)};
    const S d = level_(Scalar<S>{c}, step_, Random ? draws_ + t : nullptr, distance, clipped).v;
    margin = distance.v;
    return d;
  }

 private:
  Level<Scalar<S>> level_;
  Scalar<S> step_;
  const Draw<S>* draws_;
};

/// Decision by the caller's callback.
template <class S>
class OtherDecision {
 public:
  explicit OtherDecision(const SingleNeuronProblem<S>& problem) : problem_(problem) {}
  S operator()(std::ptrdiff_t t, S c, S& margin, unsigned& clipped) const {
    S d = 0;
    constexpr bool guarded = std::is_same_v<S, double>;
    clipped = static_cast<unsigned>(problem_.decide(problem_.rule, t, c, &d, guarded ? &margin : nullptr));
    return d;
  }

 private:
  const SingleNeuronProblem<S>& problem_;
};

/// One neuron followed through its features. The product of a column with the state is had from that with the state two
/// features back and a product of columns, so that neither waits for the last decision.
template <class Decision, class S, class V>
class SingleNeuronPath {
 public:
  explicit SingleNeuronPath(const SingleNeuronProblem<S>& problem)
      : problem_(problem), decide_(problem), y_(problem.inputs) {
    copy_rest(problem_.state, rest_u_);
    if constexpr (guarded) {
      for (std::ptrdiff_t i = 0; i < problem_.samples; ++i) reach_ += problem_.state[i] * problem_.state[i];
      reach_ = root(reach_) * (1 + 1e-6);
    }
    first_products();
  }

  std::int64_t follow() {
    for (std::ptrdiff_t t = 0; t < problem_.features; ++t) advance(t, decide(t));
    restore_rest();
    S* const u = problem_.state;
    for (std::ptrdiff_t i = 0; i < problem_.samples; ++i) u[i] = scalar_fma(y_[i], e_, u[i]);
    return clipped_;
  }

 private:
  static constexpr bool guarded = std::is_same_v<S, double>;
  static constexpr int lanes = Chains<S, V>::lanes;

  // The rest of a column that does not fill 64 bytes goes through buffers, filled up with zeros.
  void copy_rest(const S* from, S* to) const {
    for (std::ptrdiff_t i = whole_; i < problem_.samples; ++i) to[i - whole_] = from[i];
  }
  void restore_rest() {
    for (std::ptrdiff_t i = whole_; i < problem_.samples; ++i) problem_.state[i] = rest_u_[i - whole_];
  }

  void first_products() {
    const S* x = problem_.inputs;
    for (std::ptrdiff_t i = 0; i < whole_; i += lanes) {
      a_.add(x + i, problem_.state + i);
      g_.add(x + i, y_ + i);
    }
    if (whole_ < problem_.samples) {
      copy_rest(x, rest_x_);
      copy_rest(y_, rest_y_);
      a_.add(rest_x_, rest_u_);
      g_.add(rest_x_, rest_y_);
    }
  }

  // Writes the decision of feature t and returns its rounding error.
  S decide(std::ptrdiff_t t) {
    const S norm = problem_.squared_norms[t];
    const S inverse = S(1) / norm;  // not on the way from one decision to the next, as a division by the norm would be
    const S v = problem_.weights[t * problem_.stride];
    const S along = scalar_fma(g_.sum(), e_, a_.sum()) * inverse;
    S c = norm > 0 ? v + along : S(0);
    S margin = 0;
    unsigned beyond = 0;
    S d = decide_(t, c, margin, beyond);
    if constexpr (guarded) {
      const S tolerance =
          static_cast<S>(3 * problem_.samples + 72) * 0x1p-53 * reach_ / root(norm) + 8 * 0x1p-53 * Scalar<S>::abs({c}).v;
      if (norm > 0 && margin <= tolerance) {
        restore_rest();
        const S* x = problem_.inputs + t * problem_.samples;
        c = v + reference_product(problem_.samples, x, problem_.state, e_, y_) / norm;
        d = decide_(t, c, margin, beyond);
      }
      reach_ = scalar_fma(root(norm), Scalar<S>::abs({v - d}).v, reach_);
    }
    problem_.decisions[t * problem_.stride] = d;
    clipped_ += beyond;
    return v - d;
  }

  // The state past feature t - 1, and the products of feature t + 1 with it and with feature t.
  void advance(std::ptrdiff_t t, S error) {
    const std::ptrdiff_t samples = problem_.samples;
    const S* x = problem_.inputs + t * samples;
    const S* next = t + 1 == problem_.features ? x : x + samples;
    S* const u = problem_.state;
    Chains<S, V> next_a = Chains<S, V>::zero(), next_g = Chains<S, V>::zero();
    const V factor = V::all(e_);
    for (std::ptrdiff_t i = 0; i < whole_; i += lanes) {
      for (int l = 0; l < lanes; l += V::lanes)
        V::fma(V::load(y_ + i + l), factor, V::load(u + i + l)).store(u + i + l);
      next_a.add(next + i, u + i);
      next_g.add(next + i, x + i);
    }
    if (whole_ < samples) {
      copy_rest(y_, rest_y_);
      for (int l = 0; l < lanes; ++l) rest_u_[l] = scalar_fma(rest_y_[l], e_, rest_u_[l]);
      copy_rest(next, rest_x_);
      copy_rest(x, rest_y_);
      next_a.add(rest_x_, rest_u_);
      next_g.add(rest_x_, rest_y_);
    }
    a_ = next_a;
    g_ = next_g;
    y_ = x;
    e_ = error;
  }

  const SingleNeuronProblem<S>& problem_;
  const Decision decide_;
  const std::ptrdiff_t whole_ = problem_.samples / lanes * lanes;
  S reach_ = 0;  // a bound on the norm of the state, in double precision
  std::int64_t clipped_ = 0;
  const S* y_;  // the column before; with e = 0 at first
  S e_ = 0;     // its rounding error, which the state does not have yet
  Chains<S, V> a_ = Chains<S, V>::zero(), g_ = Chains<S, V>::zero();  // <x, u> and <x, y>
  S rest_u_[lanes] = {}, rest_x_[lanes] = {}, rest_y_[lanes] = {};
};

template <class Decision, class S, class V>
std::int64_t follow_single_neuron(const SingleNeuronProblem<S>& problem) {
  return SingleNeuronPath<Decision, S, V>(problem).follow();
}

template <template <class> class Level, class S, class V, bool Random = false>
std::int64_t follow_levels(const SingleNeuronProblem<S>& problem) {
  return follow_single_neuron<LevelDecision<Level, S, Random>, S, V>(problem);
}

template <class S, class V>
constexpr SingleNeuronKernels<S> single_neuron_table{
    &follow_levels<NearestLevel, S, V>, &follow_levels<SoftLevel, S, V>, &follow_levels<HardLevel, S, V>,
    &follow_levels<StochasticLevel, S, V, true>, &follow_single_neuron<OtherDecision<S>, S, V>};

}  // namespace
