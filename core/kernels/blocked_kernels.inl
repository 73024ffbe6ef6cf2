// Matrix product kernels of blocked path following; contract: blocked_kernels.hpp. Included inside the namespace of a
// build.
//
// A tile keeps its sums in registers: `Rows` times `Columns` vectors. Each number of x is broadcast to a vector once
// for all columns. The loops over a tile have constant trip counts and are fully unrolled, so that the sums stay in
// registers.

namespace {

template <class S, int Rows, int Columns, class V>
struct Tile {
  V sum[Rows][Columns];

  [[gnu::always_inline]] void load(const S* from, std::ptrdiff_t stride) {
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
      for (int c = 0; c < Columns; ++c) sum[r][c] = V::load(from + r * stride + c * V::lanes);
  }
  [[gnu::always_inline]] void clear() {
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
      for (int c = 0; c < Columns; ++c) sum[r][c] = V::all(S(0));
  }
  [[gnu::always_inline]] void store(S* to, std::ptrdiff_t stride) const {
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r)
#pragma GCC unroll 4
      for (int c = 0; c < Columns; ++c) sum[r][c].store(to + r * stride + c * V::lanes);
  }
  /// sum += x y^T for a column x (its numbers x_stride apart) and a row y.
  [[gnu::always_inline]] void add(const S* x, std::ptrdiff_t x_stride, const S* y) {
    V row[Columns];
#pragma GCC unroll 4
    for (int c = 0; c < Columns; ++c) row[c] = V::load(y + c * V::lanes);
#pragma GCC unroll 16
    for (int r = 0; r < Rows; ++r) {
      const V factor = V::all(x[r * x_stride]);
#pragma GCC unroll 4
      for (int c = 0; c < Columns; ++c) sum[r][c] = V::fma(factor, row[c], sum[r][c]);
    }
  }
};

/// The kernels of one build for strips of R neurons. A tile is `Rows` times `Columns` vectors V.
template <class S, int R, class V, int Columns, int Rows>
struct BlockedStrip {
  static constexpr int span = V::lanes * Columns;  // neurons of a tile
  static_assert(R % span == 0 && block_features % Rows == 0);

  // Pointers are advanced, not indexed: the compiler then keeps one address for a tile and constant offsets from it.

  /// Processes whole tiles of T samples. Leaves x and u behind the last one.
  template <int T>
  [[gnu::always_inline]] static void update_tiles(std::ptrdiff_t& rows, const S*& x, std::ptrdiff_t stride, const S* d,
                                                  std::ptrdiff_t row_stride, S*& u) {
    for (; rows >= T; rows -= T, x += T * block_features, u += T * row_stride)
      for (int first = 0; first < R; first += span) {
        S* const at = u + first;
        Tile<S, T, Columns, V> tile;
        tile.load(at, row_stride);
        const S* row = d + first;
#pragma GCC unroll 1
        for (int k = 0; k < block_features; ++k, row += stride) tile.add(x + k, block_features, row);
        tile.store(at, row_stride);
      }
  }
  [[gnu::always_inline]] static void update_rows(std::ptrdiff_t rows, const S* x, std::ptrdiff_t stride, const S* d,
                                                 std::ptrdiff_t row_stride, S* u) {
    update_tiles<Rows>(rows, x, stride, d, row_stride, u);
    update_tiles<4>(rows, x, stride, d, row_stride, u);
    update_tiles<1>(rows, x, stride, d, row_stride, u);
  }
  static void update(std::ptrdiff_t rows, const S* x, std::ptrdiff_t stride, const S* d, S* u) {
    update_rows(rows, x, stride, d, R, u);
  }
  static void update_within(std::ptrdiff_t rows, const S* x, std::ptrdiff_t stride, const S* d,
                            std::ptrdiff_t row_stride, S* u) {
    update_rows(rows, x, stride, d, row_stride, u);
  }

  template <int T>
  [[gnu::always_inline]] static void update_pair_tiles(std::ptrdiff_t& rows, const S*& x, const S*& xq,
                                                       std::ptrdiff_t w_stride, const S* w, std::ptrdiff_t q_stride,
                                                       const S* q, S*& u) {
    for (; rows >= T; rows -= T, x += T * block_features, xq += T * block_features, u += T * R)
      for (int first = 0; first < R; first += span) {
        S* const at = u + first;
        Tile<S, T, Columns, V> tile;
        tile.load(at, R);
        const S* w_row = w + first;
        const S* q_row = q + first;
#pragma GCC unroll 1
        for (int k = 0; k < block_features; ++k, w_row += w_stride, q_row += q_stride) {
          tile.add(x + k, block_features, w_row);
          tile.add(xq + k, block_features, q_row);
        }
        tile.store(at, R);
      }
  }
  static void update_pair(std::ptrdiff_t rows, const S* x, const S* xq, std::ptrdiff_t w_stride, const S* w,
                          std::ptrdiff_t q_stride, const S* q, S* u) {
    update_pair_tiles<Rows>(rows, x, xq, w_stride, w, q_stride, q, u);
    update_pair_tiles<4>(rows, x, xq, w_stride, w, q_stride, q, u);
    update_pair_tiles<1>(rows, x, xq, w_stride, w, q_stride, q, u);
  }

  [[gnu::always_inline]] static void project_rows(std::ptrdiff_t rows, const S* x, std::ptrdiff_t x_stride, const S* u,
                                                  std::ptrdiff_t u_stride, bool fresh, std::ptrdiff_t stride, S* s,
                                                  const S* ahead) {
    for (int first = 0; first < R; first += span)
      for (int feature = 0; feature < block_features; feature += Rows) {
        S* const at = s + feature * stride + first;
        Tile<S, Rows, Columns, V> tile;
        if (fresh)
          tile.clear();
        else
          tile.load(at, stride);
        const S* column = x + feature;
        const S* row = u + first;
        const S* later = ahead;
#pragma GCC unroll 1
        for (std::ptrdiff_t i = 0; i < rows; ++i, column += x_stride, row += u_stride, later += u_stride) {
          for (int line = 0; line < R; line += 64 / static_cast<int>(sizeof(S))) __builtin_prefetch(later + line);
          tile.add(column, 1, row);
        }
        tile.store(at, stride);
      }
  }
  static void project(std::ptrdiff_t rows, const S* x, const S* u, bool fresh, std::ptrdiff_t stride, S* s,
                      const S* ahead) {
    project_rows(rows, x, block_features, u, R, fresh, stride, s, ahead);
  }
  static void project_within(std::ptrdiff_t rows, const S* x, const S* u, std::ptrdiff_t row_stride, bool fresh,
                             std::ptrdiff_t stride, S* s) {
    project_rows(rows, x, row_stride, u, row_stride, fresh, stride, s, u + R);
  }

  template <int T>
  [[gnu::always_inline]] static void multiply_tiles(std::ptrdiff_t& rows, std::ptrdiff_t blocks, const S*& x,
                                                    std::ptrdiff_t block_stride, std::ptrdiff_t stride, const S* d,
                                                    S*& u) {
    for (; rows >= T; rows -= T, x += T * block_features, u += T * R)
      for (int first = 0; first < R; first += span) {
        S* const at = u + first;
        Tile<S, T, Columns, V> tile;
        tile.load(at, R);
        const S* row = d + first;
        for (std::ptrdiff_t b = 0; b < blocks; ++b) {
          const S* block = x + b * block_stride;
          const S* later = block + block_stride;  // the next block is not contiguous: the hardware does not prefetch it
#pragma GCC unroll 1
          for (int k = 0; k < block_features; ++k, row += stride, later += T) {
            for (int line = 0; line < T; line += 64 / static_cast<int>(sizeof(S))) __builtin_prefetch(later + line);
            tile.add(block + k, block_features, row);
          }
        }
        tile.store(at, R);
      }
  }
  static void multiply(std::ptrdiff_t rows, std::ptrdiff_t blocks, const S* x, std::ptrdiff_t block_stride,
                       std::ptrdiff_t stride, const S* d, S* u) {
    multiply_tiles<Rows>(rows, blocks, x, block_stride, stride, d, u);
    multiply_tiles<4>(rows, blocks, x, block_stride, stride, d, u);
    multiply_tiles<1>(rows, blocks, x, block_stride, stride, d, u);
  }

  static constexpr BlockedKernels<S> table{R,        &update,         &update_within, &update_pair,
                                           &project, &project_within, &multiply};
};

}  // namespace
