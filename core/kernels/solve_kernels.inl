// Included inside the namespace of a build; contract: solve_kernels.hpp. V is the widest vector, Half the one of 32 bytes.

namespace {

/// Calls `part.operator()<Vector, count>(j)` for all of 0 .. count - 1: by four V, by V and then by Half, of whose lanes
/// count is a multiple.
template <class V, class Half, class Part>
[[gnu::always_inline]] inline void for_vectors(std::ptrdiff_t count, Part&& part) {
  std::ptrdiff_t j = 0;
  for (; j + 4 * V::lanes <= count; j += 4 * V::lanes) part.template operator()<V, 4>(j);
  for (; j + V::lanes <= count; j += V::lanes) part.template operator()<V, 1>(j);
  for (; j < count; j += Half::lanes) part.template operator()<Half, 1>(j);
}

/// Rows first .. B-1 and `V::lanes` columns from `first` on of the Gram matrix of one block.
template <class S, class V, int First>
void gram_part(std::ptrdiff_t rows, const S* xq, const S* x, S* g) {
  Tile<S, block_features - First, 1, V> tile;
  tile.load(g + First * gram_stride + First, gram_stride);
#pragma GCC unroll 1
  for (std::ptrdiff_t i = 0; i < rows; ++i)
    tile.add(xq + i * block_features + First, 1, x + i * block_features + First);
  tile.store(g + First * gram_stride + First, gram_stride);
}

/// V of 32 bytes: columns 0, lanes, 2 lanes, .. each from its own row on, for nothing above the diagonal is wanted.
template <class S, class V>
void gram(std::ptrdiff_t rows, const S* xq, const S* x, S* g) {
  gram_part<S, V, 0>(rows, xq, x, g);
  gram_part<S, V, V::lanes>(rows, xq, x, g);
  if constexpr (2 * V::lanes < block_features) gram_part<S, V, 2 * V::lanes>(rows, xq, x, g);
}

/// `count` vectors side by side.
template <class S, class V, int Count>
struct Row {
  V v[Count];

  static Row load(const S* from) {
    Row row;
    for (int c = 0; c < Count; ++c) row.v[c] = V::load(from + c * V::lanes);
    return row;
  }
  /// += factor times a row.
  void add(S factor, const S* from) {
    const V all = V::all(factor);
    for (int c = 0; c < Count; ++c) v[c] = V::fma(all, V::load(from + c * V::lanes), v[c]);
  }
};

template <class S, class V, class Half>
void argument(std::ptrdiff_t count, int t, std::ptrdiff_t stride, const S* s, const S* g, const S* d, const S* w, S n,
              S* c) {
  for_vectors<V, Half>(count, [&]<class Vector, int Count>(std::ptrdiff_t j) {
    auto sum = Row<S, Vector, Count>::load(s + j);
    for (int k = 0; k < t; ++k) sum.add(g[k], d + k * stride + j);
    for (int v = 0; v < Count; ++v) {
      const std::ptrdiff_t at = j + v * Vector::lanes;
      Vector::fma(sum.v[v], Vector::all(n), Vector::load(w + at)).store(c + at);
    }
  });
}

template <class S, class V, class Half>
void argument_pair(std::ptrdiff_t count, int t, std::ptrdiff_t stride, const S* s, const S* g, const S* h, const S* w,
                   const S* q, S n, S* c) {
  for_vectors<V, Half>(count, [&]<class Vector, int Count>(std::ptrdiff_t j) {
    auto sum = Row<S, Vector, Count>::load(s + j);
    for (int k = 0; k < t; ++k) {
      sum.add(g[k], w + k * stride + j);
      sum.add(h[k], q + k * stride + j);
    }
    sum.add(g[t], w + t * stride + j);
    for (int v = 0; v < Count; ++v) (sum.v[v] * Vector::all(n)).store(c + j + v * Vector::lanes);
  });
}

template <class S, class V, class Half>
void difference(std::ptrdiff_t count, const S* w, const S* q, S* d) {
  for_vectors<V, Half>(count, [&]<class Vector, int Count>(std::ptrdiff_t first) {
    for (std::ptrdiff_t j = first; j < first + Count * Vector::lanes; j += Vector::lanes)
      (Vector::load(w + j) - Vector::load(q + j)).store(d + j);
  });
}

template <class S, class V, class Half>
void extend(std::ptrdiff_t count, S norm, const S* d, S* reach) {
  for_vectors<V, Half>(count, [&]<class Vector, int Count>(std::ptrdiff_t first) {
    for (std::ptrdiff_t j = first; j < first + Count * Vector::lanes; j += Vector::lanes)
      Vector::fma(Vector::all(norm), Vector::abs(Vector::load(d + j)), Vector::load(reach + j)).store(reach + j);
  });
}

template <class S, class V, class Half>
bool near(std::ptrdiff_t count, const S* margin, S scale, const S* reach, S unit, const S* c) {
  unsigned any = 0;
  for_vectors<V, Half>(count, [&]<class Vector, int Count>(std::ptrdiff_t first) {
    for (std::ptrdiff_t j = first; j < first + Count * Vector::lanes; j += Vector::lanes) {
      const Vector tolerance = Vector::fma(Vector::all(scale), Vector::load(reach + j),
                                           Vector::all(unit) * Vector::abs(Vector::load(c + j)));
      any |= Vector::bits(Vector::at_most(Vector::load(margin + j), tolerance));
    }
  });
  return any != 0;
}

template <class S, class V, class Half>
constexpr SolveKernels<S> solve_table{&gram<S, Half>,          &argument<S, V, Half>, &argument_pair<S, V, Half>,
                                      &difference<S, V, Half>, &extend<S, V, Half>,   &near<S, V, Half>};

}  // namespace
