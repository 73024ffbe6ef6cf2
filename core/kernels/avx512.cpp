// The kernels for processors with AVX-512 (F, DQ, BW, VL), under the same rule as fma.cpp: reached only where
// has_avx512(), and no shared inline function called.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "core/kernels/column_kernels.hpp"
#include "core/kernels/few_kernels.hpp"
#include "core/kernels/generator_kernels.hpp"
#include "core/kernels/lane_kernels.hpp"
#include "core/kernels/level_kernels.hpp"
#include "core/kernels/narrow_kernels.hpp"
#include "core/kernels/solve_kernels.hpp"
#include "core/kernels/strip_kernels.hpp"
#include "core/kernels/vec.hpp"
#include "core/random/elementary.hpp"
#include "core/random/philox.hpp"

namespace pathquant::kernels::avx512 {

namespace {
template <class S, int Bytes>
struct Vec;
template <int Bytes>
struct Words;
}  // namespace
#include "core/kernels/vec_avx2.inl"
#include "core/kernels/vec_avx512.inl"
// After the vectors.
#include "core/kernels/kernels.inl"

template <>
const StripTable<float>& strip_kernels<float>() {
  static constexpr StripTable<float> table{Strip<float, 32, Vec<float, 64>, 2, 12>::table,
                                           Strip<float, 16, Vec<float, 64>, 1, 12>::table,
                                           Strip<float, 8, Vec<float, 32>, 1, 12>::table};
  return table;
}
template <>
const StripTable<double>& strip_kernels<double>() {
  static constexpr StripTable<double> table{Strip<double, 16, Vec<double, 64>, 2, 12>::table,
                                            Strip<double, 8, Vec<double, 64>, 1, 12>::table,
                                            Strip<double, 4, Vec<double, 32>, 1, 12>::table};
  return table;
}
template <>
const LevelKernels<float>& level_kernels<float>() {
  return level_table<Vec<float, 64>>;
}
template <>
const LevelKernels<double>& level_kernels<double>() {
  return level_table<Vec<double, 64>>;
}
template <>
const SolveKernels<float>& solve_kernels<float>() {
  return solve_table<float, Vec<float, 64>, Vec<float, 32>>;
}
template <>
const SolveKernels<double>& solve_kernels<double>() {
  return solve_table<double, Vec<double, 64>, Vec<double, 32>>;
}
template <>
const FewKernels<float>& few_kernels<float>() {
  return few_table<float, Vec<float, 64>>;
}
template <>
const FewKernels<double>& few_kernels<double>() {
  return few_table<double, Vec<double, 64>>;
}
const GeneratorKernels& generator_kernels() {
  return generator_table<64>;
}
template <>
const NarrowKernels<float>& narrow_kernels<float>() {
  return narrow_table<float, Vec<float, 64>>;
}
template <>
const NarrowKernels<double>& narrow_kernels<double>() {
  return narrow_table<double, Vec<double, 64>>;
}
template <>
const LaneKernels<float>& lane_kernels<float>() {
  return lane_table<Vec<float, 64>>;
}
template <>
const LaneKernels<double>& lane_kernels<double>() {
  return lane_table<Vec<double, 64>>;
}

}  // namespace pathquant::kernels::avx512
