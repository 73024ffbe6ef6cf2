// Included by baseline.cpp and fma.cpp inside the namespace of their build; contract: generator_kernels.hpp.
//
// Numbers in double precision are computed in arrays of fixed size, step by step, because each step then is a loop that
// the compiler vectorises. What lies outside the wanted window is computed and dropped.

namespace {

constexpr int group = 16;

/// The words of the blocks from `block` on, one a lane.
template <int Bytes>
struct Philox {
  using W = Words<Bytes>;
  W w0, w1, w2, w3;

  Philox(std::uint64_t key, std::uint64_t row, std::uint32_t block)
      : w0(W::all(static_cast<std::uint32_t>(row))),
        w1(W::all(static_cast<std::uint32_t>(row >> 32))),
        w2(W::all(block) + W::counting()),
        w3(W::all(0)) {
    // As philox4x32_10 of core/random/philox.hpp.
    const W m0 = W::all(0xD2511F53), m1 = W::all(0xCD9E8D57);
    auto k0 = static_cast<std::uint32_t>(key);
    auto k1 = static_cast<std::uint32_t>(key >> 32);
    for (int round = 0; round < 10; ++round) {
      W high0, low0, high1, low1;
      W::multiply(w0, m0, high0, low0);
      W::multiply(w2, m1, high1, low1);
      w0 = high1 ^ w1 ^ W::all(k0);
      w1 = low1;
      w2 = high0 ^ w3 ^ W::all(k1);
      w3 = low0;
      k0 += 0x9E3779B9;
      k1 += 0xBB67AE85;
    }
  }
};

template <int Bytes>
struct WordGroup {
  using Number = std::uint32_t;
  static constexpr int blocks = Bytes / 4, per_block = 4;
  static void fill(std::uint64_t key, std::uint64_t row, std::uint32_t block, std::uint32_t* out) {
    const Philox<Bytes> p(key, row, block);
    Words<Bytes>::store_in_turn(p.w0, p.w1, p.w2, p.w3, out);
  }
};

/// The four words of `group` blocks, word by word.
struct WordArrays {
  std::uint32_t w0[group], w1[group], w2[group], w3[group];
};

template <int Bytes>
void philox_group(std::uint64_t key, std::uint64_t row, std::uint32_t block, WordArrays& words) {
  constexpr int lanes = Words<Bytes>::lanes;
  static_assert(group % lanes == 0);
  std::uint32_t in_turn[4 * lanes];
  for (int first = 0; first < group; first += lanes) {
    const Philox<Bytes> p(key, row, block + static_cast<std::uint32_t>(first));
    Words<Bytes>::store_in_turn(p.w0, p.w1, p.w2, p.w3, in_turn);
    for (int l = 0; l < lanes; ++l) {
      words.w0[first + l] = in_turn[4 * l];
      words.w1[first + l] = in_turn[4 * l + 1];
      words.w2[first + l] = in_turn[4 * l + 2];
      words.w3[first + l] = in_turn[4 * l + 3];
    }
  }
}

/// 53 bits, those of the word `high` first. Both summands and their sum are multiples of 2^-53 below 1, hence exact.
[[gnu::always_inline]] inline double uniform(std::uint32_t high, std::uint32_t low) {
  return std::fma(exact_double(high), 0x1p-32, exact_double(low >> 11) * 0x1p-53);
}

template <int Bytes>
struct UniformGroup {
  using Number = double;
  static constexpr int blocks = group, per_block = 2;
  static void fill(std::uint64_t key, std::uint64_t row, std::uint32_t block, double* out) {
    WordArrays words;
    philox_group<Bytes>(key, row, block, words);
    for (int l = 0; l < group; ++l) {
      out[2 * l] = uniform(words.w0[l], words.w1[l]);
      out[2 * l + 1] = uniform(words.w2[l], words.w3[l]);
    }
  }
};

/// Box and Muller's pairs r cos t, r sin t with r^2 = -2 log u. G. E. P. Box, M. E. Muller, "A note on the generation
/// of random normal deviates", Ann. Math. Statist. 29 (1958). u is the midpoint of a cell of width 2^-32, so it is
/// never 0.
template <int Bytes>
struct NormalGroup {
  using Number = double;
  static constexpr int blocks = group, per_block = 4;
  static void fill(std::uint64_t key, std::uint64_t row, std::uint32_t block, double* __restrict out) {
    WordArrays words;
    philox_group<Bytes>(key, row, block, words);
    double radius[2][group], cosine[2][group], sine[2][group];
    for (int l = 0; l < group; ++l) {
      radius[0][l] = -2.0 * natural_log((exact_double(words.w0[l]) + 0.5) * 0x1p-32);
      radius[1][l] = -2.0 * natural_log((exact_double(words.w2[l]) + 0.5) * 0x1p-32);
    }
    for (int l = 0; l < group; ++l) cosine_sine(words.w1[l], cosine[0][l], sine[0][l]);
    for (int l = 0; l < group; ++l) cosine_sine(words.w3[l], cosine[1][l], sine[1][l]);
    // In loops of its own: the compiler keeps sqrt scalar where it has to set errno, and only this loop pays for it.
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

/// The same in single precision: core/kernels/single_precision.inl has the functions.
template <int Bytes>
struct SingleNormalGroup {
  using Number = float;
  using W = Words<Bytes>;
  static constexpr int blocks = Bytes / 4, per_block = 4;
  static void fill(std::uint64_t key, std::uint64_t row, std::uint32_t block, float* out) {
    const Philox<Bytes> p(key, row, block);
    typename W::Single cosine, sine;
    const auto first = single_radius<Bytes>(p.w0);
    single_cosine_sine<Bytes>(p.w1, cosine, sine);
    const auto n0 = first * cosine, n1 = first * sine;
    const auto second = single_radius<Bytes>(p.w2);
    single_cosine_sine<Bytes>(p.w3, cosine, sine);
    const auto n2 = second * cosine, n3 = second * sine;
    std::uint32_t bits[4 * W::lanes];
    W::store_in_turn(W::bits_of(n0), W::bits_of(n1), W::bits_of(n2), W::bits_of(n3), bits);
    __builtin_memcpy(out, bits, sizeof bits);
  }
};

/// Numbers first .. first + count - 1 of a row. Groups that lie within the window are written where they belong.
template <class Group>
void fill(std::uint64_t key, std::uint64_t row, std::ptrdiff_t first, std::ptrdiff_t count,
          typename Group::Number* out) {
  constexpr std::ptrdiff_t per_group = Group::per_block * Group::blocks;
  typename Group::Number numbers[per_group];
  const std::ptrdiff_t last = first + count;
  for (std::ptrdiff_t block = first / Group::per_block; block * Group::per_block < last; block += Group::blocks) {
    const std::ptrdiff_t origin = block * Group::per_block;
    if (origin >= first && origin + per_group <= last) {
      Group::fill(key, row, static_cast<std::uint32_t>(block), out + (origin - first));
      continue;
    }
    Group::fill(key, row, static_cast<std::uint32_t>(block), numbers);
    const std::ptrdiff_t begin = origin < first ? first : origin;
    const std::ptrdiff_t end = origin + per_group > last ? last : origin + per_group;
    for (std::ptrdiff_t i = begin; i < end; ++i) out[i - first] = numbers[i - origin];
  }
}

template <int Bytes>
constexpr GeneratorKernels generator_table{&fill<WordGroup<Bytes>>, &fill<UniformGroup<Bytes>>,
                                           &fill<NormalGroup<Bytes>>, &fill<SingleNormalGroup<Bytes>>};

}  // namespace
