#include "core/layer/gram_energies.hpp"

#include <algorithm>

namespace pathquant {
namespace {

// The rows of D of a group stay in the second-level cache: they are read once for every block of features.
constexpr Index bytes_of_group = Index{512} << 10, strips_of_group = 8;

// Adds the terms of block b of features for one strip: `s` holds sum_{k<=t} H_tk d_k of its rows.
void add_block(const double* within, Index width, const double* d, const double* s, double* energies) {
  for (Index t = 0; t < block_features; ++t) {
    const double own = within[t * (kernels::gram_stride + 1)];
    for (Index j = 0; j < width; ++j) {
      const double change = d[t * width + j];
      energies[j] += change * (2 * s[t * width + j] - own * change);
    }
  }
}

}  // namespace

std::vector<double> gram_energies(const TriangleRows<double>& gram, Index features, Index neurons,
                                  const RowSource<double>& d, const ExecutionContext& execution) {
  const Index strip_bytes = features * kernels::active_blocked<double>().front().neurons * Index{sizeof(double)};
  std::vector<double> energies;
  for (const auto& group : neuron_groups<double>(neurons, 1, std::min(strips_of_group, bytes_of_group / strip_bytes))) {
    const Index width = group.strip_width();
    const StripRows<double> rows = strip_rows(group, features, d);
    std::vector<double> sums(static_cast<std::size_t>(group.span()), 0.0);
    AlignedBuffer<double> s(static_cast<std::size_t>(block_features * width));
    for (Index b = 0; b < block_count(features); ++b) {
      execution.poll();
      for (Index strip = 0; strip < group.strips; ++strip) {
        const double* first = rows.strip(strip, 0);
        group.kernels->project((b + 1) * block_features, gram.rows(b), first, true, width, s.data(), first);
        add_block(gram.within(b), width, first + b * block_features * width, s.data(), sums.data() + strip * width);
      }
    }
    for (Index j = 0; j < group.neurons; ++j) energies.push_back(std::max(0.0, sums[static_cast<std::size_t>(j)]));
  }
  return energies;
}

}  // namespace pathquant
