// Kernels of single-neuron path following, for layers of few neurons: one neuron at a time, with the samples in the
// lanes of vectors. They work one feature ahead, so that no inner product waits for a decision.
//
//   symbol   meaning
//   x_t      column t of Xq, m numbers
//   u        m numbers, the state of one neuron
//   n_t      ||x_t||^2
//   v, d     weights and decisions of the neuron
//   L        numbers in 64 bytes
//
//   a = <x_t, u_{t-2}>, g = <x_t, x_{t-1}>:   c_t = v_t + (a + g e_{t-1}) / n_t,   e_t = v_t - d_t,
//   u_{t-1} = u_{t-2} + e_{t-1} x_{t-1}
//
// An inner product is summed in 64 bytes' worth of chains: chain l sums the samples i = l mod L, and the chains are
// added pairwise in a fixed order, the same for every build. An element of u is the same chain as in the reference
// recurrence.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/kernels/level_kernels.hpp"

namespace pathquant::kernels {

/// Path following of one neuron of a layer. All arrays have stride 1 unless stated otherwise.
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

  /// Callback of other decisions: sets d and (double precision) the margin for argument c of feature t. Returns 1 where
  /// the decision was clipped, otherwise 0.
  std::int64_t (*decide)(const void* rule, std::ptrdiff_t t, S c, S* d, S* margin) = nullptr;
  const void* rule = nullptr;
};

/// Each kernel follows one neuron and returns the number of clipped decisions. An argument is computed again in the
/// reference order of summation where it is too close to a change of its decision (core/path_following/recheck.hpp).
template <class S>
struct SingleNeuronKernels {
  using Follow = std::int64_t (*)(const SingleNeuronProblem<S>& problem);
  Follow nearest = nullptr;
  Follow soft = nullptr;
  Follow hard = nullptr;
  Follow stochastic = nullptr;
  Follow other = nullptr;  ///< by `decide`
};

/// The fastest build that this processor supports.
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
