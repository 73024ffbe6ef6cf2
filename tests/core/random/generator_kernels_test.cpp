// Tests that all builds of the random number kernels give the same bits. The bits themselves are tested in
// core/random/stream_test.cpp.
#include "core/random/generator_kernels.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "core/kernels/instructions.hpp"

namespace pathquant::kernels {
namespace generator_kernels_test {

template <class Number, class Fill>
std::vector<Number> fill(Fill kernel, std::uint64_t key, std::uint64_t row, std::ptrdiff_t first,
                         std::ptrdiff_t count) {
  std::vector<Number> out(static_cast<std::size_t>(count));
  kernel(key, row, first, count, out.data());
  return out;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

std::vector<const GeneratorKernels*> fast_builds() {
  std::vector<const GeneratorKernels*> builds;
  if (has_fma()) builds.push_back(&fma::generator_kernels());
  if (has_avx512()) builds.push_back(&avx512::generator_kernels());
  if (builds.size() < 2) MESSAGE("not all instruction sets are here: " << builds.size() << " fast builds tested");
  return builds;
}

TEST_CASE("Every build's numbers are the baseline build's") {
  const GeneratorKernels& plain = baseline::generator_kernels();
  constexpr std::uint64_t key = 0x243f6a8885a308d3, row = 0x1319'8a2e'0370;
  for (const GeneratorKernels* fast : fast_builds()) {
    const auto agree = [&](std::ptrdiff_t first, std::ptrdiff_t count) {
      CAPTURE(first);
      CAPTURE(count);
      CHECK(fill<std::uint32_t>(plain.words.part, key, row, first, count) ==
            fill<std::uint32_t>(fast->words.part, key, row, first, count));
      CHECK(same_bits(fill<double>(plain.uniforms.part, key, row, first, count),
                      fill<double>(fast->uniforms.part, key, row, first, count)));
      CHECK(same_bits(fill<double>(plain.normals.part, key, row, first, count),
                      fill<double>(fast->normals.part, key, row, first, count)));
      CHECK(fill<float>(plain.single_normals.part, key, row, first, count) ==
            fill<float>(fast->single_normals.part, key, row, first, count));
    };
    for (const std::ptrdiff_t first : {0, 1, 7, 1000003})
      for (const std::ptrdiff_t count : {0, 1, 2, 3, 5, 17, 32, 33, 100}) agree(first, count);
    // Enough to meet every quadrant and all the roundings that a contracted or reordered expression would change.
    agree(0, 1 << 19);
  }
}

// Records of old and new versions are compared: what a seed draws may not change unnoticed.
TEST_CASE("Normals in single precision are, bit for bit, what they always were") {
  std::vector<float> normals(std::size_t{512} * 64);
  baseline::generator_kernels().single_normals.rows(12345, 7, 512, 64, normals.data());
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, word by word
  for (const float x : normals) hash = (hash ^ __builtin_bit_cast(std::uint32_t, x)) * 0x100000001b3;
  CHECK(hash == 0xc123d387d5e1c49c);
}

TEST_CASE("Rows together are the rows one by one, in every build") {
  const auto agree = [](const auto& filling, std::uint64_t row, std::ptrdiff_t rows, std::ptrdiff_t count,
                        auto number) {
    CAPTURE(row);
    CAPTURE(rows);
    CAPTURE(count);
    using Number = decltype(number);
    std::vector<Number> together(static_cast<std::size_t>(rows * count) + 1, Number(77)), apart = together;
    filling.rows(5, row, rows, count, together.data());
    for (std::ptrdiff_t r = 0; r < rows; ++r)
      filling.part(5, row + static_cast<std::uint64_t>(r), 0, count, apart.data() + r * count);
    CHECK(std::memcmp(together.data(), apart.data(), together.size() * sizeof(Number)) == 0);
  };
  std::vector<const GeneratorKernels*> builds = fast_builds();
  builds.push_back(&baseline::generator_kernels());
  for (const GeneratorKernels* build : builds)
    for (const std::uint64_t row : {0ull, 9ull, 0xFFFF'FFFEull, 0x3'0000'0005ull})
      for (const std::ptrdiff_t rows : {0, 1, 2, 33})
        for (const std::ptrdiff_t count : {0, 2, 3, 4, 8, 20, 24, 64, 68, 132, 200}) {
          agree(build->words, row, rows, count, std::uint32_t{});
          agree(build->uniforms, row, rows, count, double{});
          agree(build->normals, row, rows, count, double{});
          agree(build->single_normals, row, rows, count, float{});
        }
}

TEST_CASE("The active build is the best that this processor has, or the one that it is limited to") {
  const Instructions best = instructions();
  CHECK(best == (has_avx512() ? Instructions::avx512 : has_fma() ? Instructions::fma : Instructions::baseline));
  limit_instructions(Instructions::baseline);
  CHECK(instructions() == Instructions::baseline);
  CHECK(&active_generators() == &baseline::generator_kernels());
  limit_instructions(Instructions::avx512);
  CHECK(instructions() == best);
}

}  // namespace generator_kernels_test
}  // namespace pathquant::kernels
