// The filling of arrays with random numbers, in the same builds as the column kernels, with the same bits from each.
//
//   symbol    meaning
//   key, row  where the numbers come from: see core/random/stream.hpp, which also says which words of which block
//             of counters make which number
//   first     position in the row of the first number wanted; out[i] of a part belongs to position first + i
#pragma once

#include <cstddef>
#include <cstdint>

namespace pathquant::kernels {

template <class Number>
struct Filling {
  void (*part)(std::uint64_t key, std::uint64_t row, std::ptrdiff_t first, std::ptrdiff_t count, Number* out);
  /// Positions 0 .. count - 1 of rows row .. row + rows - 1, one row after another: short rows cost no more than long
  /// ones where count is a multiple of 4.
  void (*rows)(std::uint64_t key, std::uint64_t row, std::ptrdiff_t rows, std::ptrdiff_t count, Number* out);
};

struct GeneratorKernels {
  Filling<std::uint32_t> words;
  /// Uniform on [0, 1), multiples of 2^-53; two words each.
  Filling<double> uniforms;
  /// Standard normals; one word each, in pairs.
  Filling<double> normals;
  /// The same from the same words, in single precision.
  Filling<float> single_normals;
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
