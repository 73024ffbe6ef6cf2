// Column kernels; contract: column_kernels.hpp. Included inside the namespace of a build.
//
// The neurons are split into chunks of W = 2^k columns, wide ones first. A chunk passes over all samples with its W
// sums (project) or multipliers (update) in registers. The widest chunk fills 8 vector registers of 32 bytes, enough
// independent chains to hide the latency of fused multiply-add. Narrower chunks cover the remainder of P.

namespace {

template <class S>
constexpr int widest_chunk = 256 / static_cast<int>(sizeof(S));

// g++ fully unrolls short inner loops before it vectorises, which prevents vectorisation. With an unroll count below
// the trip count it vectorises first.
#if defined(__clang__)
#define PATHQUANT_UNROLL(count)
#else
#define PATHQUANT_PRAGMA(text) _Pragma(#text)
#define PATHQUANT_UNROLL(count) PATHQUANT_PRAGMA(GCC unroll count)
#endif

[[gnu::always_inline]] inline float fused(float a, float b, float c) {
  return ::fmaf(a, b, c);
}
[[gnu::always_inline]] inline double fused(double a, double b, double c) {
  return ::fma(a, b, c);
}

/// Outputs column .. column + W - 1 of project. Pointers are formed to existing rows only: u may be null for 0 samples.
template <int W, class S>
void project_chunk(std::ptrdiff_t column, std::ptrdiff_t samples, std::ptrdiff_t neurons, const S* __restrict x,
                   const S* __restrict u, S* __restrict d) {
  S sum[W] = {};
  for (std::ptrdiff_t i = 0; i < samples; ++i) {
    const S* row = u + (i * neurons + column);
    const S x_i = x[i];
    for (int j = 0; j < W; ++j) sum[j] = fused(x_i, row[j], sum[j]);
  }
  for (int j = 0; j < W; ++j) d[column + j] = sum[j];
}

/// Outputs column .. column + W - 1 of update.
template <int W, class S>
void update_chunk(std::ptrdiff_t column, std::ptrdiff_t samples, std::ptrdiff_t neurons, const S* __restrict x,
                  const S* __restrict d, S* __restrict u) {
  S factor[W];
  for (int j = 0; j < W; ++j) factor[j] = d[column + j];
  for (std::ptrdiff_t i = 0; i < samples; ++i) {
    S* __restrict row = u + (i * neurons + column);
    const S x_i = x[i];
    if constexpr (W > 8) {
      PATHQUANT_UNROLL(8)
      for (int j = 0; j < W; ++j) row[j] = fused(x_i, factor[j], row[j]);
    } else {
      PATHQUANT_UNROLL(2)
      for (int j = 0; j < W; ++j) row[j] = fused(x_i, factor[j], row[j]);
    }
  }
}

template <int W, class S>
void project_from(std::ptrdiff_t column, std::ptrdiff_t samples, std::ptrdiff_t neurons, const S* x, const S* u, S* d) {
  for (; neurons - column >= W; column += W) project_chunk<W>(column, samples, neurons, x, u, d);
  if constexpr (W > 1) project_from<W / 2>(column, samples, neurons, x, u, d);
}

template <int W, class S>
void update_from(std::ptrdiff_t column, std::ptrdiff_t samples, std::ptrdiff_t neurons, const S* x, const S* d, S* u) {
  for (; neurons - column >= W; column += W) update_chunk<W>(column, samples, neurons, x, d, u);
  if constexpr (W > 1) update_from<W / 2>(column, samples, neurons, x, d, u);
}

template <class S>
void project(std::ptrdiff_t samples, std::ptrdiff_t neurons, const S* x, const S* u, S* d) {
  project_from<widest_chunk<S>>(0, samples, neurons, x, u, d);
}

template <class S>
void update(std::ptrdiff_t samples, std::ptrdiff_t neurons, const S* x, const S* d, S* u) {
  update_from<widest_chunk<S>>(0, samples, neurons, x, d, u);
}

template <class S>
constexpr ColumnKernels<S> column_table{&project<S>, &update<S>};

}  // namespace

template <>
const ColumnKernels<float>& column_kernels<float>() {
  return column_table<float>;
}
template <>
const ColumnKernels<double>& column_kernels<double>() {
  return column_table<double>;
}

#undef PATHQUANT_UNROLL
#undef PATHQUANT_PRAGMA
