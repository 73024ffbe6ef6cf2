// Partition of a layer's neurons: strips that one kernel call handles, and groups of neighbouring strips that are
// followed together. No bit of a result depends on the partition.
#pragma once

#include <vector>

#include "core/kernels/blocked_kernels.hpp"
#include "core/types.hpp"

namespace pathquant {

template <class S>
struct NeuronGroup {
  const kernels::BlockedKernels<S>* kernels;
  Index strips;
  Index first;    ///< neuron
  Index neurons;  ///< at most strips R: what is left of the last strip is filled up with zeros

  Index strip_width() const { return kernels->neurons; }  ///< R
  Index span() const { return strips * kernels->neurons; }
  /// Number of neurons in a strip, padding excluded.
  Index live(Index strip) const {
    const Index left = neurons - strip * strip_width();
    return left < strip_width() ? left : strip_width();
  }
};

/// Partitions the neurons into the widest strips, and the remainder into the narrowest strip that holds it. A group has
/// up to `most_strips` strips; groups are of equal size as far as the number of threads allows.
template <class S>
std::vector<NeuronGroup<S>> neuron_groups(Index neurons, int threads, Index most_strips);

extern template std::vector<NeuronGroup<float>> neuron_groups(Index, int, Index);
extern template std::vector<NeuronGroup<double>> neuron_groups(Index, int, Index);

}  // namespace pathquant
