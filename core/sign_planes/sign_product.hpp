// The product of two matrices of signs, exactly.
//
//   symbol  shape         meaning
//   A, B    m x n, P x n  signs, by rows (core/sign_planes/sign_matrix.hpp)
//   C       m x P         A B^T: c_ij = n - 2 |{t: a_it != b_jt}|, by exclusive or and counting bits
//
// All builds give the same integers:
//
//   avx512    64 bits of one row of A against those of eight rows of B in a register (VPOPCNTDQ); 8 x 16 results in
//             registers
//   avx2      four bits of one row of A choose a table of 16 counts, in which four bits of 32 rows of B look theirs up
//             (PSHUFB); 4 x 64 results in registers
//   baseline  word by word
//
// The first two put the rows of B side by side first, as their registers have them: work and memory for P n bits,
// against m P n for the product.
#pragma once

#include <span>

#include "core/sign_planes/sign_matrix.hpp"

namespace pathquant {

/// C, by the fastest build that this processor runs. Throws std::invalid_argument unless the widths are equal, and at
/// most 2^30.
RowMatrix<std::int32_t> sign_product(const SignMatrix& a, const SignMatrix& b);

/// One build, for tests and measurements; C is m x P already.
struct SignProductBuild {
  const char* name;
  bool (*runs_here)();
  void (*multiply)(const SignMatrix& a, const SignMatrix& b, RowMatrix<std::int32_t>& c);
};
/// The fastest first; the last runs everywhere.
std::span<const SignProductBuild> sign_product_builds();

}  // namespace pathquant
