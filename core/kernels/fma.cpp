// The kernels for processors with AVX2 and fused multiply-add: compiled with -mavx2 -mfma, and reached only where
// has_fma(). Nothing may be called here but what is always inlined, defined in this file or a function of C: the linker
// could keep an AVX2 copy of any other inline function for all its callers.
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/kernels/column_kernels.hpp"
#include "core/kernels/generator_kernels.hpp"
#include "core/random/elementary.hpp"
#include "core/random/philox.hpp"

namespace pathquant::kernels::fma {

#include "core/kernels/column_kernels.inl"
#include "core/kernels/generator_kernels.inl"

}  // namespace pathquant::kernels::fma
