// Random number kernels; contract: core/random/generator_kernels.hpp. Included inside the namespace of a build.
//
// Double precision numbers are computed step by step in arrays of fixed size, so that the compiler vectorises each
// step. Numbers outside the requested window are computed and dropped.

namespace {

constexpr int group = 16;

/// Counters of consecutive blocks, one in each lane.
template <int Bytes>
struct Counters {
  Words<Bytes> row_low, row_high, block;
};

/// Counters of blocks block, block + 1, .. of one row.
template <int Bytes>
class AlongRow {
 public:
  using W = Words<Bytes>;
  AlongRow(std::uint64_t row, std::uint32_t block)
      : counters_{W::all(static_cast<std::uint32_t>(row)), W::all(static_cast<std::uint32_t>(row >> 32)),
                  W::all(block) + W::counting()} {}
  Counters<Bytes> next() {
    const Counters<Bytes> now = counters_;
    counters_.block = counters_.block + W::all(W::lanes);
    return now;
  }

 private:
  Counters<Bytes> counters_;
};

/// Counters of blocks 0 .. per_row - 1 of `row`, then of the next row, and so on. The rows share their upper 32 bits.
template <int Bytes>
class RowByRow {
 public:
  using W = Words<Bytes>;
  RowByRow(std::uint64_t row, std::uint32_t per_row)
      : per_row_(W::all(per_row)), step_(W::all(W::lanes % per_row)), rows_(W::all(W::lanes / per_row + 1)) {
    std::uint32_t rows[W::lanes], blocks[W::lanes];
    for (std::uint32_t l = 0; l < W::lanes; ++l) {
      rows[l] = static_cast<std::uint32_t>(row) + l / per_row;
      blocks[l] = l % per_row;
    }
    counters_ = {W::load(rows), W::all(static_cast<std::uint32_t>(row >> 32)), W::load(blocks)};
  }
  Counters<Bytes> next() {
    const Counters<Bytes> now = counters_;
    // The sign tells whether the block is past the end of the row, as a row has far fewer than 2^31 blocks.
    const W past = counters_.block + step_ - per_row_;
    const W within = W::template right<31>(past);
    counters_.block = past + (per_row_ & (W::all(0) - within));
    counters_.row_low = counters_.row_low + rows_ - within;
    return now;
  }

 private:
  W per_row_, step_, rows_;
  Counters<Bytes> counters_;
};

/// Key schedule: the two halves of the key in each round.
struct RoundKeys {
  std::uint32_t low[10], high[10];
  explicit RoundKeys(std::uint64_t key) {
    for (std::uint32_t round = 0; round < 10; ++round) {
      low[round] = static_cast<std::uint32_t>(key) + round * 0x9E3779B9u;
      high[round] = static_cast<std::uint32_t>(key >> 32) + round * 0xBB67AE85u;
    }
  }
};

/// Computes the words of the blocks of the next counters, one block in each lane.
template <int Bytes>
struct Philox {
  using W = Words<Bytes>;
  W w0, w1, w2, w3;

  Philox(const RoundKeys& keys, const Counters<Bytes>& counters) {
    // Even and odd lanes are processed apart, because a product takes two lanes; the odd lanes are unused meanwhile.
    // The two chains are interleaved, because each round depends on the one before.
    Four even = {counters.row_low, counters.row_high, counters.block, W::all(0)};
    Four odd = {W::upper(counters.row_low), W::upper(counters.row_high), W::upper(counters.block), W::all(0)};
    for (int round = 0; round < 10; ++round) {
      const W low = W::all(keys.low[round]), high = W::all(keys.high[round]);
      even = next(even, low, high);
      odd = next(odd, low, high);
    }
    w0 = W::join(even.w0, odd.w0);
    w1 = W::join(even.w1, odd.w1);
    w2 = W::join(even.w2, odd.w2);
    w3 = W::join(even.w3, odd.w3);
  }

 private:
  struct Four {
    W w0, w1, w2, w3;
  };
  /// One round of philox4x32_10 (core/random/philox.hpp).
  static Four next(const Four& w, W low, W high) {
    const W product0 = W::product(w.w0, W::all(0xD2511F53)), product1 = W::product(w.w2, W::all(0xCD9E8D57));
    return {W::exclusive(W::upper(product1), w.w1, low), product1, W::exclusive(W::upper(product0), w.w3, high),
            product0};
  }
};

template <int Bytes>
struct WordGroup {
  using Number = std::uint32_t;
  static constexpr int blocks = Bytes / 4, per_block = 4;
  template <class Position>
  static void fill(const RoundKeys& keys, Position& position, std::uint32_t* out) {
    const Philox<Bytes> p(keys, position.next());
    Words<Bytes>::store_in_turn(p.w0, p.w1, p.w2, p.w3, out);
  }
};

/// The four words of `group` blocks, word by word.
struct WordArrays {
  std::uint32_t w0[group], w1[group], w2[group], w3[group];
};

template <int Bytes, class Position>
void philox_group(const RoundKeys& keys, Position& position, WordArrays& words) {
  constexpr int lanes = Words<Bytes>::lanes;
  static_assert(group % lanes == 0);
  for (int first = 0; first < group; first += lanes) {
    const Philox<Bytes> p(keys, position.next());
    p.w0.store(words.w0 + first);
    p.w1.store(words.w1 + first);
    p.w2.store(words.w2 + first);
    p.w3.store(words.w3 + first);
  }
}

/// Uniform number on [0, 1) from 53 bits, those of the word `high` first. Both summands and their sum are multiples of
/// 2^-53 below 1, hence exact.
[[gnu::always_inline]] inline double uniform(std::uint32_t high, std::uint32_t low) {
  return std::fma(exact_double(high), 0x1p-32, exact_double(low >> 11) * 0x1p-53);
}

template <int Bytes>
struct UniformGroup {
  using Number = double;
  static constexpr int blocks = group, per_block = 2;
  template <class Position>
  static void fill(const RoundKeys& keys, Position& position, double* out) {
    WordArrays words;
    philox_group<Bytes>(keys, position, words);
    for (int l = 0; l < group; ++l) {
      out[2 * l] = uniform(words.w0[l], words.w1[l]);
      out[2 * l + 1] = uniform(words.w2[l], words.w3[l]);
    }
  }
};

/// Normals by the Box-Muller transform: pairs r cos t, r sin t with r^2 = -2 log u. u is the midpoint of a cell of
/// width 2^-32, so it is never 0. Source: G. E. P. Box, M. E. Muller, "A note on the generation of random normal
/// deviates", Ann. Math. Statist. 29 (1958).
template <int Bytes>
struct NormalGroup {
  using Number = double;
  static constexpr int blocks = group, per_block = 4;
  template <class Position>
  static void fill(const RoundKeys& keys, Position& position, double* __restrict out) {
    WordArrays words;
    philox_group<Bytes>(keys, position, words);
    double radius[2][group], cosine[2][group], sine[2][group];
    for (int l = 0; l < group; ++l) {
      radius[0][l] = -2.0 * natural_log((exact_double(words.w0[l]) + 0.5) * 0x1p-32);
      radius[1][l] = -2.0 * natural_log((exact_double(words.w2[l]) + 0.5) * 0x1p-32);
    }
    for (int l = 0; l < group; ++l) cosine_sine(words.w1[l], cosine[0][l], sine[0][l]);
    for (int l = 0; l < group; ++l) cosine_sine(words.w3[l], cosine[1][l], sine[1][l]);
    // A separate loop: the compiler keeps sqrt scalar where it has to set errno, which then slows this loop only.
    for (int h = 0; h < 2; ++h)
      for (int l = 0; l < group; ++l) radius[h][l] = std::sqrt(radius[h][l]);
    for (int l = 0; l < group; ++l) {
      for (int h = 0; h < 2; ++h) {
        out[4 * l + 2 * h] = radius[h][l] * cosine[h][l];
        out[4 * l + 2 * h + 1] = radius[h][l] * sine[h][l];
      }
    }
  }
};

/// The same normals in single precision, by the functions of core/kernels/single_precision.inl.
template <int Bytes>
struct SingleNormalGroup {
  using Number = float;
  using W = Words<Bytes>;
  static constexpr int blocks = Bytes / 4, per_block = 4;
  template <class Position>
  static void fill(const RoundKeys& keys, Position& position, float* out) {
    const Philox<Bytes> p(keys, position.next());
    typename W::Single cosine, sine;
    const auto first = single_radius<Bytes>(p.w0);
    single_cosine_sine<Bytes>(p.w1, cosine, sine);
    const auto n0 = first * cosine, n1 = first * sine;
    const auto second = single_radius<Bytes>(p.w2);
    single_cosine_sine<Bytes>(p.w3, cosine, sine);
    const auto n2 = second * cosine, n3 = second * sine;
    W::store_in_turn(W::bits_of(n0), W::bits_of(n1), W::bits_of(n2), W::bits_of(n3), out);
  }
};

/// Numbers first .. first + count - 1 of a row. Groups inside the window are written straight to the output.
template <int Bytes, template <int> class Kind>
void fill(std::uint64_t key, std::uint64_t row, std::ptrdiff_t first, std::ptrdiff_t count,
          typename Kind<Bytes>::Number* out) {
  using Group = Kind<Bytes>;
  constexpr std::ptrdiff_t per_group = Group::per_block * Group::blocks;
  const RoundKeys keys(key);
  typename Group::Number numbers[per_group];
  const std::ptrdiff_t last = first + count;
  AlongRow<Bytes> position(row, static_cast<std::uint32_t>(first / Group::per_block));
  for (std::ptrdiff_t origin = first / Group::per_block * Group::per_block; origin < last; origin += per_group) {
    if (origin >= first && origin + per_group <= last) {
      Group::fill(keys, position, out + (origin - first));
      continue;
    }
    Group::fill(keys, position, numbers);
    const std::ptrdiff_t begin = origin < first ? first : origin;
    const std::ptrdiff_t end = origin + per_group > last ? last : origin + per_group;
    for (std::ptrdiff_t i = begin; i < end; ++i) out[i - first] = numbers[i - origin];
  }
}

/// Numbers 0 .. count - 1 of `rows` rows, one row after another. Rows of whole blocks share groups.
template <int Bytes, template <int> class Kind>
void fill_rows(std::uint64_t key, std::uint64_t row, std::ptrdiff_t rows, std::ptrdiff_t count,
               typename Kind<Bytes>::Number* out) {
  using Group = Kind<Bytes>;
  constexpr std::ptrdiff_t per_group = Group::per_block * Group::blocks;
  const bool one_upper_half = rows == 0 || row >> 32 == (row + static_cast<std::uint64_t>(rows) - 1) >> 32;
  if (count % Group::per_block != 0 || count == 0 || !one_upper_half) {
    for (std::ptrdiff_t r = 0; r < rows; ++r)
      fill<Bytes, Kind>(key, row + static_cast<std::uint64_t>(r), 0, count, out + r * count);
    return;
  }
  const RoundKeys keys(key);
  RowByRow<Bytes> position(row, static_cast<std::uint32_t>(count / Group::per_block));
  std::ptrdiff_t at = 0;
  for (; at + per_group <= rows * count; at += per_group) Group::fill(keys, position, out + at);
  if (at == rows * count) return;
  typename Group::Number numbers[per_group];
  Group::fill(keys, position, numbers);
  for (std::ptrdiff_t i = at; i < rows * count; ++i) out[i] = numbers[i - at];
}

template <int Bytes>
constexpr GeneratorKernels generator_table{{&fill<Bytes, WordGroup>, &fill_rows<Bytes, WordGroup>},
                                           {&fill<Bytes, UniformGroup>, &fill_rows<Bytes, UniformGroup>},
                                           {&fill<Bytes, NormalGroup>, &fill_rows<Bytes, NormalGroup>},
                                           {&fill<Bytes, SingleNormalGroup>, &fill_rows<Bytes, SingleNormalGroup>}};

}  // namespace
