// Chooses the build of the kernels that this processor runs best. The choice changes speed only, never a bit.
#include <type_traits>

#include "core/kernels/column_kernels.hpp"
#include "core/kernels/generator_kernels.hpp"
#include "core/types.hpp"

namespace pathquant::kernels {

static_assert(std::is_same_v<Index, std::ptrdiff_t>, "the kernels' headers write std::ptrdiff_t for Index");

bool has_fma() {
  static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has;
}

template <class S>
const ColumnKernels<S>& active() {
  return has_fma() ? fma::column_kernels<S>() : baseline::column_kernels<S>();
}
template const ColumnKernels<float>& active<float>();
template const ColumnKernels<double>& active<double>();

const GeneratorKernels& active_generators() {
  return has_fma() ? fma::generator_kernels() : baseline::generator_kernels();
}

}  // namespace pathquant::kernels
