// Chooses the build of the kernels that this processor runs best. The choice changes speed only, never a bit.
#include <algorithm>
#include <atomic>
#include <type_traits>

#include "core/kernels/column_kernels.hpp"
#include "core/kernels/few_kernels.hpp"
#include "core/kernels/generator_kernels.hpp"
#include "core/kernels/instructions.hpp"
#include "core/kernels/lane_kernels.hpp"
#include "core/kernels/level_kernels.hpp"
#include "core/kernels/narrow_kernels.hpp"
#include "core/kernels/solve_kernels.hpp"
#include "core/kernels/strip_kernels.hpp"
#include "core/types.hpp"

namespace pathquant::kernels {

static_assert(std::is_same_v<Index, std::ptrdiff_t>, "the kernels' headers write std::ptrdiff_t for Index");

bool has_fma() {
  static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has;
}

bool has_avx512() {
  static const bool has = has_fma() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  return has;
}

namespace {

std::atomic<Instructions> limit = Instructions::avx512;

// The table for the instructions in use.
template <class Table>
const Table& best(const Table& avx512, const Table& fma, const Table& baseline) {
  switch (instructions()) {
    case Instructions::avx512:
      return avx512;
    case Instructions::fma:
      return fma;
    case Instructions::baseline:
      break;
  }
  return baseline;
}

}  // namespace

Instructions instructions() {
  const Instructions present = has_avx512() ? Instructions::avx512
                               : has_fma()  ? Instructions::fma
                                            : Instructions::baseline;
  return std::min(present, limit.load(std::memory_order_relaxed));
}

void limit_instructions(Instructions most) {
  limit = most;
}

template <class S>
const ColumnKernels<S>& active() {
  return best(avx512::column_kernels<S>(), fma::column_kernels<S>(), baseline::column_kernels<S>());
}
template const ColumnKernels<float>& active<float>();
template const ColumnKernels<double>& active<double>();

template <class S>
const StripTable<S>& active_strips() {
  return best(avx512::strip_kernels<S>(), fma::strip_kernels<S>(), baseline::strip_kernels<S>());
}
template const StripTable<float>& active_strips<float>();
template const StripTable<double>& active_strips<double>();

template <class S>
const LevelKernels<S>& active_levels() {
  return best(avx512::level_kernels<S>(), fma::level_kernels<S>(), baseline::level_kernels<S>());
}
template const LevelKernels<float>& active_levels<float>();
template const LevelKernels<double>& active_levels<double>();

template <class S>
const SolveKernels<S>& active_solvers() {
  return best(avx512::solve_kernels<S>(), fma::solve_kernels<S>(), baseline::solve_kernels<S>());
}
template const SolveKernels<float>& active_solvers<float>();
template const SolveKernels<double>& active_solvers<double>();

template <class S>
const FewKernels<S>& active_few() {
  return best(avx512::few_kernels<S>(), fma::few_kernels<S>(), baseline::few_kernels<S>());
}
template const FewKernels<float>& active_few<float>();
template const FewKernels<double>& active_few<double>();

template <class S>
const NarrowKernels<S>& active_narrow() {
  return best(avx512::narrow_kernels<S>(), fma::narrow_kernels<S>(), baseline::narrow_kernels<S>());
}
template const NarrowKernels<float>& active_narrow<float>();
template const NarrowKernels<double>& active_narrow<double>();

template <class S>
const LaneKernels<S>& active_lanes() {
  return best(avx512::lane_kernels<S>(), fma::lane_kernels<S>(), baseline::lane_kernels<S>());
}
template const LaneKernels<float>& active_lanes<float>();
template const LaneKernels<double>& active_lanes<double>();

const GeneratorKernels& active_generators() {
  return best(avx512::generator_kernels(), fma::generator_kernels(), baseline::generator_kernels());
}

}  // namespace pathquant::kernels
