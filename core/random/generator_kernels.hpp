// Random number kernels: function tables that fill arrays with words, uniforms and normals of a stream. There is one
// table per build of the kernels (core/kernels/column_kernels.hpp). All builds give the same bits.
//
//   symbol    meaning
//   key, row  address of the numbers in a stream: core/random/stream.hpp, which also defines the words and counter
//             blocks that make each number
//   first     position in the row of the first requested number; out[i] of a part belongs to position first + i
#pragma once

#include <cstddef>
#include <cstdint>

namespace pathquant::kernels {

template <class Number>
struct Filling {
  void (*part)(std::uint64_t key, std::uint64_t row, std::ptrdiff_t first, std::ptrdiff_t count, Number* out);
  /// Positions 0 .. count - 1 of rows row .. row + rows - 1, one row after another. Short rows are as fast as long ones
  /// where count is a multiple of 4.
  void (*rows)(std::uint64_t key, std::uint64_t row, std::ptrdiff_t rows, std::ptrdiff_t count, Number* out);
};

struct GeneratorKernels {
  Filling<std::uint32_t> words;
  /// Uniform on [0, 1), multiples of 2^-53; two words each.
  Filling<double> uniforms;
  /// Standard normals; one word each, in pairs.
  Filling<double> normals;
  /// The same normals from the same words, in single precision.
  Filling<float> single_normals;
};

/// The table of the fastest build that this processor supports.
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
