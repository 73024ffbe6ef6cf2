// Sums over the features of a streamed chunk: tallies of weights and decisions, squared norms, totals. Included inside the
// namespace of a build, after single_neuron_kernels.inl; contract: streaming_kernels.hpp.

namespace {

template <class S>
void streaming_tally(std::ptrdiff_t count, const S* weights, const S* decisions, const S* steps, S shift,
                  StreamingTally<S>& tally) {
  using Row = Vec<S, 32>;
  constexpr int L = Row::lanes;
  const Row zero = Row::all(S(0)), one = Row::all(S(1)), half = Row::all(S(0.5)), moved = Row::all(shift);
  const Row inverse = one / Row::load(steps);
  Row weight_energy = Row::load(tally.weight_energy), error_energy = Row::load(tally.error_energy),
      largest_weight = Row::load(tally.largest_weight), largest_level = Row::load(tally.largest_level),
      zeros = Row::load(tally.zeros), squares = Row::load(tally.squares), distances = Row::load(tally.distances),
      products = Row::load(tally.products);
  for (std::ptrdiff_t t = 0; t < count; ++t) {
    const Row w = Row::load(weights + t * L), d = Row::load(decisions + t * L);
    const Row e = w - d;
    weight_energy = Row::fma(w, w, weight_energy);
    error_energy = Row::fma(e, e, error_energy);
    largest_weight = Row::max_or_nan(largest_weight, Row::abs(w));
    largest_level = Row::max_or_nan(largest_level, Row::abs(d));
    zeros = zeros + Row::select(Row::at_most(Row::abs(d), zero), one, zero);
    const Row z = w * inverse - moved;
    const Row above = z - Row::floor(z);
    const Row distance = Row::select(Row::less(above, half), above, above - one);
    squares = Row::fma(distance, distance, squares);
    distances = distances + distance;
    products = Row::fma(above, one - above, products);
  }
  weight_energy.store(tally.weight_energy);
  error_energy.store(tally.error_energy);
  largest_weight.store(tally.largest_weight);
  largest_level.store(tally.largest_level);
  zeros.store(tally.zeros);
  squares.store(tally.squares);
  distances.store(tally.distances);
  products.store(tally.products);
}

template <class S, class V>
void streaming_squared_norms(std::ptrdiff_t samples, std::ptrdiff_t count, const S* inputs, S* norms) {
  constexpr std::ptrdiff_t lanes = Chains<S, V>::lanes;
  for (std::ptrdiff_t t = 0; t < count; ++t, inputs += samples) {
    auto chains = Chains<S, V>::zero();
    std::ptrdiff_t i = 0;
    for (; i + lanes <= samples; i += lanes) chains.add(inputs + i, inputs + i);
    norms[t] = chains.sum();
    for (; i < samples; ++i) norms[t] = scalar_fma(inputs[i], inputs[i], norms[t]);
  }
}

template <class S, class V>
void streaming_total(std::ptrdiff_t samples, std::ptrdiff_t count, const S* inputs, S* total) {
  constexpr int at_once = 4;  // sums that do not wait for each other
  constexpr std::ptrdiff_t step = at_once * V::lanes;
  std::ptrdiff_t i = 0;
  for (; i + step <= samples; i += step) {
    V sums[at_once];
    for (int l = 0; l < at_once; ++l) sums[l] = V::load(total + i + l * V::lanes);
    for (std::ptrdiff_t t = 0; t < count; ++t)
      for (int l = 0; l < at_once; ++l) sums[l] = sums[l] + V::load(inputs + t * samples + i + l * V::lanes);
    for (int l = 0; l < at_once; ++l) sums[l].store(total + i + l * V::lanes);
  }
  for (std::ptrdiff_t t = 0; t < count; ++t)
    for (std::ptrdiff_t rest = i; rest < samples; ++rest) total[rest] += inputs[t * samples + rest];
}

}  // namespace
