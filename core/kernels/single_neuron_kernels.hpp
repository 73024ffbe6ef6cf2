// Path following for few neurons: one at a time, the samples in the lanes of vectors, looking one feature ahead so that
// no inner product waits for a decision.
//
//   symbol   meaning
//   x_t      column t of Xq, m numbers
//   u        m numbers, the state of one neuron
//   n_t      ||x_t||^2
//
//   a = <x_t, u_{t-2}>, g = <x_t, x_{t-1}>:   c_t = v_t + (a + g e_{t-1}) / n_t,   e_t = v_t - d_t,
//   u_{t-1} = u_{t-2} + e_{t-1} x_{t-1}
//
// Inner products are sums of 64 bytes' worth of chains, lane l for the samples i = l mod L, added pairwise in a fixed
// order: the same bits for every build. A chain of u is that of the plain recurrence.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernels/level_kernels.hpp"

namespace pathquant::kernels {

/// One neuron of a layer on its way; every pointer to numbers of stride 1 unless said otherwise.
template <class S>
struct SingleNeuronProblem {
  std::ptrdiff_t samples = 0;
  std::ptrdiff_t features = 0;
  const S* inputs = nullptr;         ///< Xq, column-major
  const S* squared_norms = nullptr;  ///< n_t; 0: dead
  const S* weights = nullptr;        ///< v, `stride` apart
  std::ptrdiff_t stride = 1;
  S* decisions = nullptr;  ///< d, `stride` apart
  S* state = nullptr;      ///< u at the start and the end
  S step = 1;
  LevelRange<S> range = {};
  const Draw<S>* draws = nullptr;  ///< of every feature; random decisions only

  /// Other decisions: d and (double precision) the margin for argument c of feature t; returns 1 where it was clipped.
  std::int64_t (*decide)(const void* rule, std::ptrdiff_t t, S c, S* d, S* margin) = nullptr;
  const void* rule = nullptr;
};

/// Where a decision was nearer to a change than orders of summation may differ (core/path_following/recheck.hpp), the argument is
/// taken from the plain order of summation. Returns how many decisions were clipped.
template <class S>
struct SingleNeuronKernels {
  using Follow = std::int64_t (*)(const SingleNeuronProblem<S>& problem);
  Follow nearest = nullptr;
  Follow soft = nullptr;
  Follow hard = nullptr;
  Follow stochastic = nullptr;
  Follow other = nullptr;  ///< by `decide`
};

/// The fastest build that this processor runs.
template <class S>
const SingleNeuronKernels<S>& active_single_neuron();

namespace baseline {
template <class S>
const SingleNeuronKernels<S>& single_neuron_kernels();
}
namespace fma {
template <class S>
const SingleNeuronKernels<S>& single_neuron_kernels();
}
namespace avx512 {
template <class S>
const SingleNeuronKernels<S>& single_neuron_kernels();
}

}  // namespace pathquant::kernels
