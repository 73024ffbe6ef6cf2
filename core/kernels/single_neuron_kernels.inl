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

template <class Decision, class S, class V>
std::int64_t follow_single_neuron(const SingleNeuronProblem<S>& problem) {
  constexpr int lanes = Chains<S, V>::lanes;
  const std::ptrdiff_t samples = problem.samples;
  const std::ptrdiff_t whole = samples / lanes * lanes;
  const Decision decide(problem);
  S* const u = problem.state;
  std::int64_t clipped = 0;
  S reach = 0;
  if constexpr (std::is_same_v<S, double>) {
    for (std::ptrdiff_t i = 0; i < samples; ++i) reach += u[i] * u[i];
    reach = root(reach) * (1 + 1e-6);
  }

  // The last part of a column, shorter than 64 bytes, is copied to buffers padded with zeros.
  S rest_u[lanes] = {}, rest_x[lanes] = {}, rest_y[lanes] = {};
  const auto copy_rest = [&](const S* from, S* to) {
    for (std::ptrdiff_t i = whole; i < samples; ++i) to[i - whole] = from[i];
  };
  copy_rest(u, rest_u);

  const S* y = problem.inputs;  // the previous column; e = 0 initially
  S e = 0;
  Chains<S, V> a = Chains<S, V>::zero(), g = Chains<S, V>::zero();
  const auto products = [&](const S* x) {
    a = Chains<S, V>::zero();
    g = Chains<S, V>::zero();
    for (std::ptrdiff_t i = 0; i < whole; i += lanes) {
      a.add(x + i, u + i);
      g.add(x + i, y + i);
    }
    if (whole < samples) {
      copy_rest(x, rest_x);
      copy_rest(y, rest_y);
      a.add(rest_x, rest_u);
      g.add(rest_x, rest_y);
    }
  };
  products(problem.inputs);
  for (std::ptrdiff_t t = 0; t < problem.features; ++t) {
    const S* x = problem.inputs + t * samples;
    const S norm = problem.squared_norms[t];
    const S inverse = S(1) / norm;  // keeps the division off the critical path from one decision to the next
    const S v = problem.weights[t * problem.stride];
    const S along = scalar_fma(g.sum(), e, a.sum()) * inverse;
    S c = norm > 0 ? v + along : S(0);
    S margin = 0;
    unsigned beyond = 0;
    S d = decide(t, c, margin, beyond);
    if constexpr (std::is_same_v<S, double>) {
      const S tolerance =
          static_cast<S>(3 * samples + 72) * 0x1p-53 * reach / root(norm) + 8 * 0x1p-53 * Scalar<S>::abs({c}).v;
      if (norm > 0 && margin <= tolerance) {
        for (std::ptrdiff_t i = whole; i < samples; ++i) u[i] = rest_u[i - whole];
        c = v + reference_product(samples, x, u, e, y) / norm;
        d = decide(t, c, margin, beyond);
      }
      reach = scalar_fma(root(norm), Scalar<S>::abs({v - d}).v, reach);
    }
    problem.decisions[t * problem.stride] = d;
    clipped += beyond;

    // Advance u past feature t - 1, and multiply column t + 1 by u and by x: neither depends on d.
    const bool last = t + 1 == problem.features;
    const S* next = last ? x : x + samples;
    Chains<S, V> next_a = Chains<S, V>::zero(), next_g = Chains<S, V>::zero();
    const V factor = V::all(e);
    for (std::ptrdiff_t i = 0; i < whole; i += lanes) {
      for (int l = 0; l < lanes; l += V::lanes) V::fma(V::load(y + i + l), factor, V::load(u + i + l)).store(u + i + l);
      next_a.add(next + i, u + i);
      next_g.add(next + i, x + i);
    }
    if (whole < samples) {
      copy_rest(y, rest_y);
      for (int l = 0; l < lanes; ++l) rest_u[l] = scalar_fma(rest_y[l], e, rest_u[l]);
      copy_rest(next, rest_x);
      copy_rest(x, rest_y);
      next_a.add(rest_x, rest_u);
      next_g.add(rest_x, rest_y);
    }
    a = next_a;
    g = next_g;
    y = x;
    e = v - d;
  }
  for (std::ptrdiff_t i = whole; i < samples; ++i) u[i] = rest_u[i - whole];
  for (std::ptrdiff_t i = 0; i < samples; ++i) u[i] = scalar_fma(y[i], e, u[i]);
  return clipped;
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
