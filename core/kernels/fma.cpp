// Kernels for processors with AVX2 and fused multiply-add: compiled with -mavx2 -mfma, and run only where has_fma().
// This file may call only functions that are always inlined, defined in this file or functions of C. The linker could
// keep the AVX2 copy of any other inline function for all its callers.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/kernels/batched_kernels.hpp"
#include "core/kernels/blocked_kernels.hpp"
#include "core/kernels/column_kernels.hpp"
#include "core/kernels/level_kernels.hpp"
#include "core/kernels/single_neuron_kernels.hpp"
#include "core/kernels/solve_kernels.hpp"
#include "core/kernels/streaming_kernels.hpp"
#include "core/kernels/vec.hpp"
#include "core/random/elementary.hpp"
#include "core/random/generator_kernels.hpp"
#include "core/random/philox.hpp"

namespace pathquant::kernels::fma {

namespace {
template <class S, int Bytes>
struct Vec;
template <int Bytes>
struct Words;
}  // namespace
#include "core/kernels/vec_avx2.inl"
// Include this after the vectors.
#include "core/kernels/kernels.inl"

template <>
const BlockedTable<float>& blocked_kernels<float>() {
  static constexpr BlockedTable<float> table{BlockedStrip<float, 32, Vec<float, 32>, 2, 6>::table,
                                             BlockedStrip<float, 16, Vec<float, 32>, 2, 6>::table,
                                             BlockedStrip<float, 8, Vec<float, 32>, 1, 12>::table};
  return table;
}
template <>
const BlockedTable<double>& blocked_kernels<double>() {
  static constexpr BlockedTable<double> table{BlockedStrip<double, 16, Vec<double, 32>, 2, 6>::table,
                                              BlockedStrip<double, 8, Vec<double, 32>, 2, 6>::table,
                                              BlockedStrip<double, 4, Vec<double, 32>, 1, 12>::table};
  return table;
}
template <>
const LevelKernels<float>& level_kernels<float>() {
  return level_table<Vec<float, 32>>;
}
template <>
const LevelKernels<double>& level_kernels<double>() {
  return level_table<Vec<double, 32>>;
}
template <>
const SolveKernels<float>& solve_kernels<float>() {
  return solve_table<float, Vec<float, 32>, Vec<float, 32>>;
}
template <>
const SolveKernels<double>& solve_kernels<double>() {
  return solve_table<double, Vec<double, 32>, Vec<double, 32>>;
}
template <>
const SingleNeuronKernels<float>& single_neuron_kernels<float>() {
  return single_neuron_table<float, Vec<float, 32>>;
}
template <>
const SingleNeuronKernels<double>& single_neuron_kernels<double>() {
  return single_neuron_table<double, Vec<double, 32>>;
}
const GeneratorKernels& generator_kernels() {
  return generator_table<32>;
}
template <>
const StreamingKernels<float>& streaming_kernels<float>() {
  return streaming_table<float, Vec<float, 32>>;
}
template <>
const StreamingKernels<double>& streaming_kernels<double>() {
  return streaming_table<double, Vec<double, 32>>;
}
template <>
const BatchedKernels<float>& batched_kernels<float>() {
  return batched_table<Vec<float, 32>>;
}
template <>
const BatchedKernels<double>& batched_kernels<double>() {
  return batched_table<Vec<double, 32>>;
}

}  // namespace pathquant::kernels::fma
