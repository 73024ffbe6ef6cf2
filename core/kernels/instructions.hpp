// Instruction set selection for the kernels: the best set that this processor has, unless limited. The choice changes
// speed only, never a bit.
#pragma once

namespace pathquant::kernels {

enum class Instructions {
  baseline,  ///< any processor; slow where std::fma is not an instruction
  fma,       ///< AVX2 with fused multiply-add
  avx512,    ///< AVX-512 F, DQ, BW and VL
};

/// The instruction set in use.
Instructions instructions();
/// Limits all threads to instruction sets up to `most` from now on, for comparisons.
void limit_instructions(Instructions most);

/// Whether this processor supports the builds in namespace fma.
bool has_fma();
/// Whether this processor supports the builds in namespace avx512.
bool has_avx512();

}  // namespace pathquant::kernels
