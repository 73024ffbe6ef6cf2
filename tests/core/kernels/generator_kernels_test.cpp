// Both builds of the generators give the same bits; what these bits are is the business of core/random/stream_test.cpp.
#include "core/kernels/generator_kernels.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

#include "core/kernels/column_kernels.hpp"

namespace pathquant::kernels {
namespace {

using Fill = GeneratorKernels::Fill;

std::vector<double> fill(Fill kernel, std::uint64_t key, std::uint64_t row, std::ptrdiff_t first,
                         std::ptrdiff_t count) {
  std::vector<double> out(static_cast<std::size_t>(count));
  kernel(key, row, first, count, out.data());
  return out;
}

bool same_bits(const std::vector<double>& a, const std::vector<double>& b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

TEST_CASE("The fma build's numbers are the baseline build's") {
  if (!has_fma()) {
    MESSAGE("no AVX2 with fused multiply-add here: the fma build is not tested");
    return;
  }
  const GeneratorKernels& plain = baseline::generator_kernels();
  const GeneratorKernels& fast = fma::generator_kernels();
  constexpr std::uint64_t key = 0x243f6a8885a308d3, row = 0x1319'8a2e'0370;
  const auto agree = [&](std::ptrdiff_t first, std::ptrdiff_t count) {
    CAPTURE(first);
    CAPTURE(count);
    CHECK(same_bits(fill(plain.uniforms, key, row, first, count), fill(fast.uniforms, key, row, first, count)));
    CHECK(same_bits(fill(plain.normals, key, row, first, count), fill(fast.normals, key, row, first, count)));
  };
  for (const std::ptrdiff_t first : {0, 1, 7, 1000003})
    for (const std::ptrdiff_t count : {0, 1, 2, 3, 5, 17, 32, 33, 100}) agree(first, count);
  // Enough to meet every quadrant and all the roundings that a contracted or reordered expression would change.
  agree(0, 1 << 19);
}

TEST_CASE("The active build is the fastest that this processor runs") {
  CHECK(&active_generators() == (has_fma() ? &fma::generator_kernels() : &baseline::generator_kernels()));
}

}  // namespace
}  // namespace pathquant::kernels
