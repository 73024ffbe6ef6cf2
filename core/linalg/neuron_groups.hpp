// How the neurons of a layer are cut: strips that a kernel takes at once, and groups of neighbouring strips that are
// followed together. No bit of a result depends on it.
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
  /// Neurons of a strip that there are.
  Index live(Index strip) const {
    const Index left = neurons - strip * strip_width();
    return left < strip_width() ? left : strip_width();
  }
};

/// The widest strips as far as they go, up to `most_strips` in a group and in groups of equal size as the threads
/// allow; the narrowest that holds the rest.
template <class S>
std::vector<NeuronGroup<S>> neuron_groups(Index neurons, int threads, Index most_strips);

extern template std::vector<NeuronGroup<float>> neuron_groups(Index, int, Index);
extern template std::vector<NeuronGroup<double>> neuron_groups(Index, int, Index);

}  // namespace pathquant
