// The kernels for any processor.
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

namespace pathquant::kernels::baseline {

#include "core/kernels/vec_portable.inl"
// After the vectors.
#include "core/kernels/kernels.inl"

template <>
const StripTable<float>& strip_kernels<float>() {
  static constexpr StripTable<float> table{Strip<float, 32, Vec<float, 32>, 2, 6>::table,
                                           Strip<float, 16, Vec<float, 32>, 2, 6>::table,
                                           Strip<float, 8, Vec<float, 32>, 1, 6>::table};
  return table;
}
template <>
const StripTable<double>& strip_kernels<double>() {
  static constexpr StripTable<double> table{Strip<double, 16, Vec<double, 32>, 2, 6>::table,
                                            Strip<double, 8, Vec<double, 32>, 2, 6>::table,
                                            Strip<double, 4, Vec<double, 32>, 1, 6>::table};
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
const FewKernels<float>& few_kernels<float>() {
  return few_table<float, Vec<float, 32>>;
}
template <>
const FewKernels<double>& few_kernels<double>() {
  return few_table<double, Vec<double, 32>>;
}
const GeneratorKernels& generator_kernels() {
  return generator_table<32>;
}
template <>
const NarrowKernels<float>& narrow_kernels<float>() {
  return narrow_table<float, Vec<float, 32>>;
}
template <>
const NarrowKernels<double>& narrow_kernels<double>() {
  return narrow_table<double, Vec<double, 32>>;
}
template <>
const LaneKernels<float>& lane_kernels<float>() {
  return plain_lane_table<float>;
}
template <>
const LaneKernels<double>& lane_kernels<double>() {
  return plain_lane_table<double>;
}

}  // namespace pathquant::kernels::baseline
