#include "core/linalg/neuron_groups.hpp"

#include <algorithm>

namespace pathquant {

template <class S>
std::vector<NeuronGroup<S>> neuron_groups(Index neurons, int threads, Index most_strips) {
  const auto& table = kernels::active_blocked<S>();
  const Index widest = table.front().neurons;
  const Index full = neurons / widest;
  const Index at_once = std::clamp((full + threads - 1) / threads, Index{1}, std::max(Index{1}, most_strips));
  std::vector<NeuronGroup<S>> groups;
  for (Index strip = 0; strip < full; strip += at_once) {
    const Index strips = std::min(at_once, full - strip);
    groups.push_back({&table.front(), strips, strip * widest, strips * widest});
  }
  const Index rest = neurons - full * widest;
  if (rest == 0) return groups;
  const auto* narrow = &table.front();
  for (const auto& strip : table)
    if (strip.neurons >= rest) narrow = &strip;
  groups.push_back({narrow, 1, full * widest, rest});
  return groups;
}

template std::vector<NeuronGroup<float>> neuron_groups(Index, int, Index);
template std::vector<NeuronGroup<double>> neuron_groups(Index, int, Index);

}  // namespace pathquant
