// The reference recurrence for layers followed in batches: one problem after another, in the order of the samples. Included
// inside the namespace of a build, before batched_kernels.inl; contract: batched_kernels.hpp.

namespace {

/// <x, u> and ||x||^2 in the order of the samples.
template <class S>
struct ReferenceProducts {
  S along = 0, norm = 0;
  bool dead = true;  ///< x is all zeros

  ReferenceProducts(std::ptrdiff_t samples, const S* x, const S* u) {
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
bool follow_reference_batched(const BatchedChunk<S>& chunk) {
  const Level<Scalar<S>> level(chunk.range);
  bool proper = true;
  for (std::ptrdiff_t k = 0; k < batched_group<S>; ++k) {
    S* const u = chunk.states + k * batched_state<S>(chunk.samples);
    for (std::ptrdiff_t t = 0; t < chunk.count; ++t) {
      const S* const x = chunk.inputs[k] + (chunk.first + t) * chunk.samples;
      const S w = chunk.weights[k][chunk.first + t];
      const ReferenceProducts<S> products(chunk.samples, x, u);
      Scalar<S> margin{S(0)};
      unsigned beyond = 0;
      const S d = level({products.argument(w)}, {chunk.steps[k]},
                        Random ? chunk.draws + t * batched_group<S> + k : nullptr, margin, beyond)
                      .v;
      for (std::ptrdiff_t i = 0; i < chunk.samples; ++i) u[i] = scalar_fma(x[i], w - d, u[i]);
      chunk.decisions[k][chunk.first + t] = d;
      chunk.clipped[k] += beyond;
      proper = proper && w - w == 0 && products.proper();
    }
  }
  return proper;
}

template <class S>
constexpr BatchedKernels<S> reference_batched_table{&follow_reference_batched<NearestLevel, S>, &follow_reference_batched<SoftLevel, S>,
                                          &follow_reference_batched<HardLevel, S>,
                                          &follow_reference_batched<StochasticLevel, S, true>};

}  // namespace
