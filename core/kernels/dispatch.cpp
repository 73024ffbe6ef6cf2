// Dispatch: selects the fastest build of the kernels that this processor supports. The choice changes speed only, never
// a bit.
#include <algorithm>
#include <atomic>
#include <type_traits>

#include "core/kernels/batched_kernels.hpp"
#include "core/kernels/blocked_kernels.hpp"
#include "core/kernels/column_kernels.hpp"
#include "core/kernels/instructions.hpp"
#include "core/kernels/level_kernels.hpp"
#include "core/kernels/single_neuron_kernels.hpp"
#include "core/kernels/solve_kernels.hpp"
#include "core/kernels/streaming_kernels.hpp"
#include "core/random/generator_kernels.hpp"
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
const BlockedTable<S>& active_blocked() {
  return best(avx512::blocked_kernels<S>(), fma::blocked_kernels<S>(), baseline::blocked_kernels<S>());
}
template const BlockedTable<float>& active_blocked<float>();
template const BlockedTable<double>& active_blocked<double>();

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
const SingleNeuronKernels<S>& active_single_neuron() {
  return best(avx512::single_neuron_kernels<S>(), fma::single_neuron_kernels<S>(),
              baseline::single_neuron_kernels<S>());
}
template const SingleNeuronKernels<float>& active_single_neuron<float>();
template const SingleNeuronKernels<double>& active_single_neuron<double>();

template <class S>
const StreamingKernels<S>& active_streaming() {
  return best(avx512::streaming_kernels<S>(), fma::streaming_kernels<S>(), baseline::streaming_kernels<S>());
}
template const StreamingKernels<float>& active_streaming<float>();
template const StreamingKernels<double>& active_streaming<double>();

template <class S>
const BatchedKernels<S>& active_batched() {
  return best(avx512::batched_kernels<S>(), fma::batched_kernels<S>(), baseline::batched_kernels<S>());
}
template const BatchedKernels<float>& active_batched<float>();
template const BatchedKernels<double>& active_batched<double>();

const GeneratorKernels& active_generators() {
  return best(avx512::generator_kernels(), fma::generator_kernels(), baseline::generator_kernels());
}

}  // namespace pathquant::kernels
