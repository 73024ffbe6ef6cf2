// Included by baseline.cpp and fma.cpp inside the namespace of their build; contract: generator_kernels.hpp.
//
// Blocks of counters are computed eight at a time into arrays of fixed size, step by step, because each step then is a
// loop that the compiler vectorises. What lies outside the wanted window is computed and dropped.

namespace {

constexpr int group = 8;

/// The four words of `group` blocks, word by word.
struct Words {
  std::uint32_t w0[group], w1[group], w2[group], w3[group];
};

void philox_group(std::uint64_t key, std::uint64_t row, std::uint32_t block, Words& words) {
  const auto low = static_cast<std::uint32_t>(row);
  const auto high = static_cast<std::uint32_t>(row >> 32);
  for (std::uint32_t l = 0; l < group; ++l) {
    const PhiloxBlock out = philox4x32_10({low, high, block + l, 0}, key);
    words.w0[l] = out.w0;
    words.w1[l] = out.w1;
    words.w2[l] = out.w2;
    words.w3[l] = out.w3;
  }
}

void word_group(std::uint64_t key, std::uint64_t row, std::uint32_t block, std::uint32_t* __restrict out) {
  Words words;
  philox_group(key, row, block, words);
  for (int l = 0; l < group; ++l) {
    out[4 * l] = words.w0[l];
    out[4 * l + 1] = words.w1[l];
    out[4 * l + 2] = words.w2[l];
    out[4 * l + 3] = words.w3[l];
  }
}

/// 53 bits, those of the word `high` first. Both summands and their sum are multiples of 2^-53 below 1, hence exact.
[[gnu::always_inline]] inline double uniform(std::uint32_t high, std::uint32_t low) {
  return std::fma(exact_double(high), 0x1p-32, exact_double(low >> 11) * 0x1p-53);
}

void uniform_group(std::uint64_t key, std::uint64_t row, std::uint32_t block, double* __restrict out) {
  Words words;
  philox_group(key, row, block, words);
  for (int l = 0; l < group; ++l) {
    out[2 * l] = uniform(words.w0[l], words.w1[l]);
    out[2 * l + 1] = uniform(words.w2[l], words.w3[l]);
  }
}

/// Box and Muller's pairs r cos t, r sin t with r^2 = -2 log u. G. E. P. Box, M. E. Muller, "A note on the generation
/// of random normal deviates", Ann. Math. Statist. 29 (1958). u is the midpoint of a cell of width 2^-32, so it is
/// never 0.
void normal_group(std::uint64_t key, std::uint64_t row, std::uint32_t block, double* __restrict out) {
  Words words;
  philox_group(key, row, block, words);
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

/// Numbers first .. first + count - 1 of a row, `per_block` of which come from one block of counters.
template <int per_block, auto fill_group, class Number>
void fill(std::uint64_t key, std::uint64_t row, std::ptrdiff_t first, std::ptrdiff_t count, Number* out) {
  Number numbers[per_block * group];
  const std::ptrdiff_t last = first + count;
  for (std::ptrdiff_t block = first / per_block; block * per_block < last; block += group) {
    fill_group(key, row, static_cast<std::uint32_t>(block), numbers);
    const std::ptrdiff_t origin = block * per_block;
    const std::ptrdiff_t begin = origin < first ? first : origin;
    const std::ptrdiff_t end = origin + per_block * group > last ? last : origin + per_block * group;
    for (std::ptrdiff_t i = begin; i < end; ++i) out[i - first] = numbers[i - origin];
  }
}

constexpr GeneratorKernels generator_table{&fill<4, word_group, std::uint32_t>, &fill<2, uniform_group, double>,
                                           &fill<4, normal_group, double>};

}  // namespace

const GeneratorKernels& generator_kernels() {
  return generator_table;
}
