#include "core/sign_planes/signed_sums.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace pathquant {
namespace {

// One number for each of a few samples. The compiler maps it to registers of the build.
template <class S>
struct alignas(64) Lanes {
  static constexpr Index count = 64 / sizeof(S);
  S numbers __attribute__((vector_size(64)));
};

// The signed sums of four features for every choice of signs. Bit k of the index is the sign of feature k.
template <class S>
using Table = Lanes<S>[16];

template <class S>
[[gnu::always_inline]] inline void fill_table(const Lanes<S>* x, Table<S>& table) {
  Lanes<S> low[4], high[4];
  low[3].numbers = x[0].numbers + x[1].numbers;
  low[1].numbers = x[0].numbers - x[1].numbers;
  high[3].numbers = x[2].numbers + x[3].numbers;
  high[1].numbers = x[2].numbers - x[3].numbers;
  for (int k = 1; k < 4; k += 2) {
    low[3 - k].numbers = -low[k].numbers;
    high[3 - k].numbers = -high[k].numbers;
  }
  for (int h = 0; h < 4; ++h)
    for (int l = 0; l < 4; ++l) table[4 * h + l].numbers = low[l].numbers + high[h].numbers;
}

// Adds to sums[j] the products with word w of every row j. `x` holds the 64 features of the word.
template <class S>
[[gnu::always_inline]] inline void add_word(const Lanes<S>* x, const SignMatrix& b, Index w, Lanes<S>* sums) {
  Table<S> tables[16];
  for (int k = 0; k < 16; ++k) fill_table<S>(x + 4 * k, tables[k]);
  for (Index j = 0; j < b.rows(); ++j) {
    std::uint64_t word = b.row(j)[w];
    auto even = tables[0][word & 15].numbers, odd = tables[1][word >> 4 & 15].numbers;
    for (int k = 2; k < 16; k += 2) {
      word >>= 8;
      even += tables[k][word & 15].numbers;
      odd += tables[k + 1][word >> 4 & 15].numbers;
    }
    sums[j].numbers += even + odd;
  }
}

template <class S>
void add_word_baseline(const Lanes<S>* x, const SignMatrix& b, Index w, Lanes<S>* sums) {
  add_word<S>(x, b, w, sums);
}
template <class S>
[[gnu::target("avx2")]] void add_word_avx2(const Lanes<S>* x, const SignMatrix& b, Index w, Lanes<S>* sums) {
  add_word<S>(x, b, w, sums);
}
template <class S>
[[gnu::target("avx512f")]] void add_word_avx512(const Lanes<S>* x, const SignMatrix& b, Index w, Lanes<S>* sums) {
  add_word<S>(x, b, w, sums);
}

template <class S, auto add>
void multiply(const Eigen::Ref<const Matrix<S>>& x, const SignMatrix& b, RowMatrix<S>& y) {
  constexpr Index lanes = Lanes<S>::count;
  std::vector<Lanes<S>> sums(static_cast<std::size_t>(b.rows()));
  for (Index i = 0; i < x.rows(); i += lanes) {
    const Index count = std::min(lanes, x.rows() - i);
    std::fill(sums.begin(), sums.end(), Lanes<S>{});
    for (Index w = 0; w < b.words_of_a_row(); ++w) {
      // Padded with zeros beyond the last feature and sample.
      Lanes<S> features[64] = {};
      for (Index t = 64 * w; t < std::min(64 * (w + 1), x.cols()); ++t)
        std::copy_n(x.col(t).data() + i, count, reinterpret_cast<S*>(features + (t - 64 * w)));
      add(features, b, w, sums.data());
    }
    for (Index j = 0; j < b.rows(); ++j)
      for (Index l = 0; l < count; ++l) y(i + l, j) = sums[static_cast<std::size_t>(j)].numbers[l];
  }
}

template <class S>
constexpr std::array<SignedSumsBuild<S>, 3> all_builds = {{
    {"avx512", [] { return __builtin_cpu_supports("avx512f") != 0; }, multiply<S, add_word_avx512<S>>},
    {"avx2", [] { return __builtin_cpu_supports("avx2") != 0; }, multiply<S, add_word_avx2<S>>},
    {"baseline", [] { return true; }, multiply<S, add_word_baseline<S>>},
}};

}  // namespace

template <class S>
std::span<const SignedSumsBuild<S>> signed_sums_builds() {
  return all_builds<S>;
}

template <class S>
RowMatrix<S> signed_sums(const Eigen::Ref<const Matrix<S>>& x, const SignMatrix& b) {
  if (x.cols() != b.width()) throw std::invalid_argument("signed sums: inputs and signs have the same width");
  static const SignedSumsBuild<S> build =
      *std::find_if(all_builds<S>.begin(), all_builds<S>.end(), [](const auto& one) { return one.runs_here(); });
  RowMatrix<S> y(x.rows(), b.rows());
  build.multiply(x, b, y);
  return y;
}

template RowMatrix<float> signed_sums(const Eigen::Ref<const Matrix<float>>&, const SignMatrix&);
template RowMatrix<double> signed_sums(const Eigen::Ref<const Matrix<double>>&, const SignMatrix&);
template std::span<const SignedSumsBuild<float>> signed_sums_builds();
template std::span<const SignedSumsBuild<double>> signed_sums_builds();

}  // namespace pathquant
