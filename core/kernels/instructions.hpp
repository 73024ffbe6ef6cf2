// Which instructions the kernels use: the best that this processor has, unless they are limited. The choice changes
// speed only, never a bit.
#pragma once

namespace pathquant::kernels {

enum class Instructions {
  baseline,  ///< any processor; slow where std::fma is not an instruction
  fma,       ///< AVX2 with fused multiply-add
  avx512,    ///< AVX-512 F, DQ, BW and VL
};

/// In use.
Instructions instructions();
/// From now on none better than `most` are used, in all threads: for comparisons.
void limit_instructions(Instructions most);

/// Whether this processor runs the builds in namespace fma.
bool has_fma();
/// Whether this processor runs the builds in namespace avx512.
bool has_avx512();

}  // namespace pathquant::kernels
