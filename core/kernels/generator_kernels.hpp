// The filling of arrays with random numbers, in the same builds as the column kernels, with the same bits from each.
//
//   symbol    meaning
//   key, row  where the numbers come from: see core/random/stream.hpp, which also says which words of which block
//             of counters make which number
//   first     position in the row of the first number wanted; out[i] belongs to position first + i
#pragma once

#include <cstddef>
#include <cstdint>

namespace pathquant::kernels {

struct GeneratorKernels {
  using Fill = void (*)(std::uint64_t key, std::uint64_t row, std::ptrdiff_t first, std::ptrdiff_t count, double* out);
  void (*words)(std::uint64_t key, std::uint64_t row, std::ptrdiff_t first, std::ptrdiff_t count, std::uint32_t* out);
  /// Uniform on [0, 1), multiples of 2^-53; two words each.
  Fill uniforms;
  /// Standard normals; one word each, in pairs.
  Fill normals;
  /// The same from the same words, in single precision.
  void (*single_normals)(std::uint64_t key, std::uint64_t row, std::ptrdiff_t first, std::ptrdiff_t count, float* out);
};

/// The fastest build that this processor runs.
const GeneratorKernels& active_generators();

namespace baseline {
const GeneratorKernels& generator_kernels();
}
namespace fma {
const GeneratorKernels& generator_kernels();
}
namespace avx512 {
const GeneratorKernels& generator_kernels();
}

}  // namespace pathquant::kernels
