#include "core/sign_planes/sign_product.hpp"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>
#include <vector>

namespace pathquant {
namespace {

// Target attributes: only functions with one of them contain instructions of their build.
#define PATHQUANT_AVX512 [[gnu::target("avx512f,avx512vpopcntdq")]]
#define PATHQUANT_AVX2 [[gnu::target("avx2")]]

// The part of a panel that one load reads.
struct alignas(64) Line {
  std::uint64_t words[8];
};

// A tile of C: results of up to tile_rows x tile_lanes pairs of rows. A whole tile is written straight to C.
template <Index tile_rows, Index tile_lanes, class Count>
void by_tiles(const SignMatrix& a, const SignMatrix& b, RowMatrix<std::int32_t>& c, const std::vector<Line>& panels,
              const Count& count) {
  const std::size_t lines_of_a_panel =
      panels.size() / static_cast<std::size_t>((b.rows() + tile_lanes - 1) / tile_lanes);
  std::int32_t corner[tile_rows * tile_lanes];
  for (Index i = 0; i < a.rows(); i += tile_rows) {
    const Index rows = std::min(tile_rows, a.rows() - i);
    const std::uint64_t* row[tile_rows];
    for (Index k = 0; k < tile_rows; ++k) row[k] = a.row(i + std::min(k, rows - 1));
    const Line* panel = panels.data();
    for (Index j = 0; j < b.rows(); j += tile_lanes, panel += lines_of_a_panel) {
      const Index lanes = std::min(tile_lanes, b.rows() - j);
      if (rows == tile_rows && lanes == tile_lanes) {
        count(panel, row, &c(i, j), c.cols());
        continue;
      }
      count(panel, row, corner, tile_lanes);
      for (Index k = 0; k < rows; ++k) std::copy_n(corner + k * tile_lanes, lanes, &c(i + k, j));
    }
  }
}

// --- any processor -------------------------------------------------------------------------------------------------

void baseline(const SignMatrix& a, const SignMatrix& b, RowMatrix<std::int32_t>& c) {
  for (Index i = 0; i < a.rows(); ++i)
    for (Index j = 0; j < b.rows(); ++j) {
      std::int32_t differences = 0;
      for (Index w = 0; w < a.words_of_a_row(); ++w) differences += std::popcount(a.row(i)[w] ^ b.row(j)[w]);
      c(i, j) = static_cast<std::int32_t>(a.width()) - 2 * differences;
    }
}

// --- VPOPCNTDQ -----------------------------------------------------------------------------------------------------

// A panel holds word w of 16 rows of B in lines 2w and 2w + 1.
constexpr Index rows_512 = 8;
constexpr Index lanes_512 = 16;

std::vector<Line> panels_512(const SignMatrix& b) {
  const Index words = b.words_of_a_row();
  std::vector<Line> panels(static_cast<std::size_t>((b.rows() + lanes_512 - 1) / lanes_512 * 2 * words));
  for (Index j = 0; j < b.rows(); ++j) {
    Line* panel = panels.data() + j / lanes_512 * 2 * words;
    for (Index w = 0; w < words; ++w) panel[2 * w + j % lanes_512 / 8].words[j % 8] = b.row(j)[w];
  }
  return panels;
}

PATHQUANT_AVX512 void count_512(const Line* panel, const std::uint64_t* const (&row)[rows_512], Index words,
                                Index width, std::int32_t* c, Index stride) {
  __m512i sums[rows_512][2];
  for (auto& pair : sums) pair[0] = pair[1] = _mm512_setzero_si512();
  for (Index w = 0; w < words; ++w) {
    const __m512i b0 = _mm512_load_si512(panel + 2 * w);
    const __m512i b1 = _mm512_load_si512(panel + 2 * w + 1);
#pragma GCC unroll 8
    for (Index i = 0; i < rows_512; ++i) {
      const __m512i word = _mm512_set1_epi64(static_cast<long long>(row[i][w]));
      sums[i][0] = _mm512_add_epi64(sums[i][0], _mm512_popcnt_epi64(_mm512_xor_si512(b0, word)));
      sums[i][1] = _mm512_add_epi64(sums[i][1], _mm512_popcnt_epi64(_mm512_xor_si512(b1, word)));
    }
  }
  const __m512i n = _mm512_set1_epi64(width);
#pragma GCC unroll 8
  for (Index i = 0; i < rows_512; ++i)
    for (Index half = 0; half < 2; ++half) {
      const __m512i result = _mm512_sub_epi64(n, _mm512_add_epi64(sums[i][half], sums[i][half]));
      // The masked form with all lanes set, because g++ 12 warns of an undefined source in the unmasked one.
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(c + i * stride + 8 * half),
                          _mm512_maskz_cvtepi64_epi32(255, result));
    }
}

void avx512(const SignMatrix& a, const SignMatrix& b, RowMatrix<std::int32_t>& c) {
  by_tiles<rows_512, lanes_512>(a, b, c, panels_512(b),
                                [&](const Line* panel, const auto& row, std::int32_t* tile, Index stride) {
                                  count_512(panel, row, a.words_of_a_row(), a.width(), tile, stride);
                                });
}

// --- PSHUFB --------------------------------------------------------------------------------------------------------

// A panel holds byte s of 64 rows of B in line s.
constexpr Index rows_2 = 4;
constexpr Index lanes_2 = 64;
constexpr Index words_of_bytes = 3;      // counts of 192 bits fit in a byte
constexpr Index words_of_halves = 1023;  // counts of 65472 bits fit in two

// table[16 x + y]: number of bits in which x and y differ.
struct alignas(32) DifferenceTable {
  std::uint8_t table[256];
};
constexpr DifferenceTable differences = [] {
  DifferenceTable result{};
  for (unsigned x = 0; x < 16; ++x)
    for (unsigned y = 0; y < 16; ++y) result.table[16 * x + y] = static_cast<std::uint8_t>(std::popcount(x ^ y));
  return result;
}();

std::vector<Line> panels_2(const SignMatrix& b) {
  const Index words = b.words_of_a_row();
  std::vector<Line> panels(static_cast<std::size_t>((b.rows() + lanes_2 - 1) / lanes_2 * 8 * words));
  for (Index j = 0; j < b.rows(); ++j) {
    auto* bytes = reinterpret_cast<unsigned char*>(panels.data() + j / lanes_2 * 8 * words) + j % lanes_2;
    for (Index w = 0; w < words; ++w)
      for (Index s = 0; s < 8; ++s) bytes[(8 * w + s) * lanes_2] = static_cast<unsigned char>(b.row(j)[w] >> (8 * s));
  }
  return panels;
}

PATHQUANT_AVX2 inline __m256i differences_from(std::uint64_t four_bits) {
  const auto* table = reinterpret_cast<const __m128i*>(differences.table + 16 * four_bits);
  return _mm256_broadcastsi128_si256(_mm_load_si128(table));
}

// Adds the counts of words begin .. end - 1 (at most words_of_bytes of them) of the even and of the odd lanes.
PATHQUANT_AVX2 inline void add_counts(const Line* panel, const std::uint64_t* const (&row)[rows_2], Index begin,
                                      Index end, __m256i (&even)[rows_2][2], __m256i (&odd)[rows_2][2]) {
  const __m256i low_bits = _mm256_set1_epi8(15);
  __m256i sums[rows_2][2];
  for (auto& pair : sums) pair[0] = pair[1] = _mm256_setzero_si256();
  for (Index w = begin; w < end; ++w) {
    std::uint64_t word[rows_2];
    for (Index i = 0; i < rows_2; ++i) word[i] = row[i][w];
    for (Index s = 0; s < 8; ++s) {
      const auto* lanes = reinterpret_cast<const __m256i*>(panel + 8 * w + s);
      const __m256i b0 = _mm256_load_si256(lanes), b1 = _mm256_load_si256(lanes + 1);
      const __m256i low0 = _mm256_and_si256(b0, low_bits), low1 = _mm256_and_si256(b1, low_bits);
      const __m256i high0 = _mm256_and_si256(_mm256_srli_epi16(b0, 4), low_bits);
      const __m256i high1 = _mm256_and_si256(_mm256_srli_epi16(b1, 4), low_bits);
#pragma GCC unroll 4
      for (Index i = 0; i < rows_2; ++i) {
        const __m256i low = differences_from(word[i] & 15), high = differences_from(word[i] >> 4 & 15);
        word[i] >>= 8;
        sums[i][0] = _mm256_add_epi8(sums[i][0],
                                     _mm256_add_epi8(_mm256_shuffle_epi8(low, low0), _mm256_shuffle_epi8(high, high0)));
        sums[i][1] = _mm256_add_epi8(sums[i][1],
                                     _mm256_add_epi8(_mm256_shuffle_epi8(low, low1), _mm256_shuffle_epi8(high, high1)));
      }
    }
  }
  const __m256i even_bytes = _mm256_set1_epi16(255);
  for (Index i = 0; i < rows_2; ++i)
    for (Index half = 0; half < 2; ++half) {
      even[i][half] = _mm256_add_epi16(even[i][half], _mm256_and_si256(sums[i][half], even_bytes));
      odd[i][half] = _mm256_add_epi16(odd[i][half], _mm256_srli_epi16(sums[i][half], 8));
    }
}

// c[0 .. 15] -= 2 counts, for 16 counts of 16 bits.
PATHQUANT_AVX2 inline void subtract_twice(__m128i counts, std::int32_t* c) {
  const __m256i wide = _mm256_cvtepu16_epi32(counts);
  auto* place = reinterpret_cast<__m256i*>(c);
  _mm256_storeu_si256(place, _mm256_sub_epi32(_mm256_loadu_si256(place), _mm256_add_epi32(wide, wide)));
}

PATHQUANT_AVX2 void count_2(const Line* panel, const std::uint64_t* const (&row)[rows_2], Index words, Index width,
                            std::int32_t* c, Index stride) {
  for (Index i = 0; i < rows_2; ++i) std::fill_n(c + i * stride, lanes_2, static_cast<std::int32_t>(width));
  for (Index first = 0; first < words; first += words_of_halves) {
    const Index last = std::min(first + words_of_halves, words);
    __m256i even[rows_2][2], odd[rows_2][2];
    for (Index i = 0; i < rows_2; ++i)
      for (Index half = 0; half < 2; ++half) even[i][half] = odd[i][half] = _mm256_setzero_si256();
    for (Index w = first; w < last; w += words_of_bytes)
      add_counts(panel, row, w, std::min(w + words_of_bytes, last), even, odd);
    for (Index i = 0; i < rows_2; ++i)
      for (Index half = 0; half < 2; ++half) {
        // Interleaving works in each half of a register: lanes 0 .. 7 and 16 .. 23, then 8 .. 15 and 24 .. 31.
        const __m256i outer = _mm256_unpacklo_epi16(even[i][half], odd[i][half]);
        const __m256i inner = _mm256_unpackhi_epi16(even[i][half], odd[i][half]);
        std::int32_t* place = c + i * stride + 32 * half;
        subtract_twice(_mm256_castsi256_si128(outer), place);
        subtract_twice(_mm256_castsi256_si128(inner), place + 8);
        subtract_twice(_mm256_extracti128_si256(outer, 1), place + 16);
        subtract_twice(_mm256_extracti128_si256(inner, 1), place + 24);
      }
  }
}

void avx2(const SignMatrix& a, const SignMatrix& b, RowMatrix<std::int32_t>& c) {
  by_tiles<rows_2, lanes_2>(a, b, c, panels_2(b),
                            [&](const Line* panel, const auto& row, std::int32_t* tile, Index stride) {
                              count_2(panel, row, a.words_of_a_row(), a.width(), tile, stride);
                            });
}

// -------------------------------------------------------------------------------------------------------------------

constexpr std::array<SignProductBuild, 3> builds = {{
    {"avx512", [] { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vpopcntdq"); }, avx512},
    {"avx2", [] { return __builtin_cpu_supports("avx2") != 0; }, avx2},
    {"baseline", [] { return true; }, baseline},
}};

}  // namespace

std::span<const SignProductBuild> sign_product_builds() {
  return builds;
}

RowMatrix<std::int32_t> sign_product(const SignMatrix& a, const SignMatrix& b) {
  if (a.width() != b.width() || a.width() > Index{1} << 30)
    throw std::invalid_argument("a product of signs: both matrices have the same width, at most 2^30");
  static const SignProductBuild build =
      *std::find_if(builds.begin(), builds.end(), [](const SignProductBuild& one) { return one.runs_here(); });
  RowMatrix<std::int32_t> c(a.rows(), b.rows());
  if (c.size() > 0) build.multiply(a, b, c);
  return c;
}

}  // namespace pathquant
