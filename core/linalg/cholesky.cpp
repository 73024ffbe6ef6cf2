#include "core/linalg/cholesky.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/linalg/product.hpp"
#include "core/parallel/team.hpp"

namespace pathquant {
namespace {

constexpr Index leaf = 48;
constexpr Index rows_at_once = 256;  // rows of a product that one thread computes at a time

class Factorization {
 public:
  Factorization(Matrix<double>& a, double smallest, const ExecutionContext& execution)
      : a_(a), least_(smallest * a.diagonal()), interrupt_(execution) {}

  bool factor(Index k, Index n) {
    if (n <= leaf) return factor_leaf(k, n);
    const Index half = first_half(n);
    if (!factor(k, half)) return false;
    divide(k + half, n - half, k, half);
    update(k + half, n - half, k, half);
    return factor(k + half, n - half);
  }

 private:
  static Index first_half(Index n) { return (n / 2 + leaf - 1) / leaf * leaf; }

  bool factor_leaf(Index k, Index n) {
    interrupt_.poll();
    auto block = a_.block(k, k, n, n);
    for (Index j = 0; j < n; ++j) {
      if (!(block(j, j) > least_(k + j))) return false;
      const double pivot = std::sqrt(block(j, j));
      block(j, j) = pivot;
      block.col(j).tail(n - j - 1) /= pivot;
      for (Index c = j + 1; c < n; ++c) block.col(c).tail(n - c) -= block(c, j) * block.col(j).tail(n - c);
    }
    Matrix<double>& inverse = inverses_.emplace_back(Matrix<double>::Identity(n, n));
    for (Index c = 0; c < n; ++c)
      for (Index j = c; j < n; ++j) {
        inverse(j, c) /= block(j, j);
        inverse.col(c).tail(n - j - 1) -= inverse(j, c) * block.col(j).tail(n - j - 1);
      }
    return true;
  }

  /// Multiplies rows r .. r+rows-1 of columns k .. k+n-1 by the inverse of L_kk^T.
  void divide(Index r, Index rows, Index k, Index n) {
    if (n <= leaf) {
      const Matrix<double> old = a_.block(r, k, rows, n);
      const Matrix<double>& inverse = inverses_[static_cast<std::size_t>(k / leaf)];
      multiply_rows(packed(inverse, 0, n, 0, n), r, rows, old.data(), rows,
                    [&](Index i, Index j, const double* y, Index count) { std::copy_n(y, count, &a_(j, k + i)); });
      return;
    }
    const Index half = first_half(n);
    divide(r, rows, k, half);
    subtract(r, rows, k + half, n - half, k, half);
    divide(r, rows, k + half, n - half);
  }

  /// Subtracts from the lower triangle at k the product of its rows with themselves over columns d .. d+depth-1.
  void update(Index k, Index n, Index d, Index depth) {
    if (n <= 2 * leaf) {
      subtract(k, n, k, n, d, depth);
      return;
    }
    const Index half = first_half(n);
    update(k, half, d, depth);
    subtract(k + half, n - half, k, half, d, depth);
    update(k + half, n - half, d, depth);
  }

  /// A(r.., c..) -= A(r.., d..) A(c.., d..)^T.
  void subtract(Index r, Index rows, Index c, Index columns, Index d, Index depth) {
    multiply_rows(packed(a_, c, columns, d, depth), r, rows, &a_(r, d), a_.rows(),
                  [&](Index i, Index j, const double* y, Index count) {
                    double* const out = &a_(j, c + i);
                    for (Index l = 0; l < count; ++l) out[l] -= y[l];
                  });
  }

  static PackedInputs<double> packed(const Matrix<double>& matrix, Index r, Index rows, Index c, Index columns) {
    PackedInputs<double> result(rows, columns);
    for (Index b = 0; b < result.blocks(); ++b) result.pack_block(b, &matrix(r, c + b * block_features), matrix.rows());
    return result;
  }

  /// Multiplies x by the transpose of `rows` rows at `from`, whose columns are `stride` apart. Passes the result to
  /// store(i, j, y, count): row i for rows j .. j+count-1 of A.
  template <class Store>
  void multiply_rows(const PackedInputs<double>& x, Index r, Index rows, const double* from, Index stride,
                     Store&& store) {
    std::atomic<Index> next = 0;
    const Index parts = (rows + rows_at_once - 1) / rows_at_once;
    run_team(static_cast<int>(std::min<Index>(interrupt_.threads(), parts)), [&](Team& team) {
      const ExecutionContext own = interrupt_;
      team.share(next, parts, [&](Index part) {
        const Index start = part * rows_at_once;
        const RowSource<double> source = [&](Index t, Index first, Index count, double* out) {
          std::copy_n(from + t * stride + start + first, count, out);
        };
        multiply<double>(x, std::min(rows_at_once, rows - start), source, own, [&](const ProductPanel<double>& panel) {
          for (Index i = 0; i < panel.rows; ++i)
            store(panel.start + i, r + start + panel.first, panel.y + i * panel.stride, panel.neurons);
        });
      });
    });
  }

  Matrix<double>& a_;
  Vector least_;
  const ExecutionContext& interrupt_;
  std::vector<Matrix<double>> inverses_;  // inverses of the diagonal blocks of L
};

}  // namespace

bool cholesky(Matrix<double>& a, double smallest, const ExecutionContext& execution) {
  return Factorization(a, smallest, execution).factor(0, a.rows());
}

}  // namespace pathquant
