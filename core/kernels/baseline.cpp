// The kernels for any x86-64 processor.
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/kernels/column_kernels.hpp"
#include "core/kernels/generator_kernels.hpp"
#include "core/random/elementary.hpp"
#include "core/random/philox.hpp"

namespace pathquant::kernels::baseline {

#include "core/kernels/column_kernels.inl"
#include "core/kernels/generator_kernels.inl"

}  // namespace pathquant::kernels::baseline
