// Exact product of two sign matrices, by bit counting.
//
//   symbol  shape         meaning
//   A, B    m x n, P x n  signs, by rows (core/sign_planes/sign_matrix.hpp)
//   C       m x P         A B^T: c_ij = n - 2 |{t: a_it != b_jt}|, by exclusive or and bit counts
//
// All builds give the same integers:
//
//   avx512    64 bits of one row of A with 64 bits of eight rows of B in a register (VPOPCNTDQ); 8 x 16 results in
//             registers
//   avx2      four bits of one row of A select a table of 16 counts, and four bits of each of 32 rows of B index it
//             (PSHUFB); 4 x 64 results in registers
//   baseline  word by word
//
// The first two rearrange the rows of B to register order first, which takes work and memory for P n bits, small
// against the m P n of the product.
#pragma once

#include <span>

#include "core/sign_planes/sign_matrix.hpp"

namespace pathquant {

/// C, by the fastest build that this processor supports. Throws std::invalid_argument unless the widths are equal and
/// at most 2^30.
RowMatrix<std::int32_t> sign_product(const SignMatrix& a, const SignMatrix& b);

/// One build, for tests and benchmarks. C must have the size m x P.
struct SignProductBuild {
  const char* name;
  bool (*runs_here)();
  void (*multiply)(const SignMatrix& a, const SignMatrix& b, RowMatrix<std::int32_t>& c);
};
/// All builds, the fastest first. The last runs on every processor.
std::span<const SignProductBuild> sign_product_builds();

}  // namespace pathquant
