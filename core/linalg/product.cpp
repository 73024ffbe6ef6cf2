#include "core/linalg/product.hpp"

#include <algorithm>

#include "core/parallel/team.hpp"

namespace pathquant {
namespace {

constexpr Index panel_rows = 144;  // as in core/path_following/blocked.cpp
// Strips that share a panel of X in the second-level cache, and the number of strips from which a contiguous copy of
// the panel pays. The packed blocks of a panel lie a power of two apart where m is one, so they would evict each other.
constexpr Index most_strips = 16, strips_worth_a_copy = 3;

std::size_t size(Index n) {
  return static_cast<std::size_t>(n);
}

/// Computes Y panel by panel for one group. add(start, rows, y) adds to strips of zeros, panel_rows R numbers apart.
template <class S, class Add>
void for_panels(const NeuronGroup<S>& group, Index samples, const ExecutionContext& execution, const PanelSink<S>& sink,
                Add&& add) {
  const Index width = group.strip_width();
  AlignedBuffer<S> y(size(panel_rows * group.span()));
  for (Index start = 0; start < samples; start += panel_rows) {
    execution.poll();
    const Index rows = std::min(panel_rows, samples - start);
    std::fill(y.begin(), y.end(), S(0));
    add(start, rows, y.data());
    for (Index s = 0; s < group.strips; ++s)
      sink({start, rows, group.first + s * width, group.live(s), y.data() + s * panel_rows * width, width});
  }
}

}  // namespace

template <class S>
StripRows<S> strip_rows(const NeuronGroup<S>& group, Index features, const RowSource<S>& source) {
  StripRows<S> rows(group, features);
  std::vector<S> row(size(group.neurons));
  for (Index t = 0; t < features; ++t) {
    source(t, group.first, group.neurons, row.data());
    rows.write(t, row.data());
  }
  return rows;
}

template <class S>
void multiply(const PackedInputs<S>& x, const NeuronGroup<S>& group, const StripRows<S>& d,
              const ExecutionContext& execution, const PanelSink<S>& sink) {
  constexpr Index chunk_blocks = 256 / sizeof(S);  // so many blocks of a panel fill half the second-level cache
  const Index width = group.strip_width();
  AlignedBuffer<S> copy;
  if (group.strips >= strips_worth_a_copy && x.samples() > panel_rows)
    copy = AlignedBuffer<S>(size(chunk_blocks * panel_rows * block_features));
  for_panels<S>(group, x.samples(), execution, sink, [&](Index start, Index rows, S* y) {
    for (Index b = 0; b < x.blocks(); b += chunk_blocks) {
      const Index blocks = std::min(chunk_blocks, x.blocks() - b);
      const S* panel = x.block(b) + start * block_features;
      Index stride = x.stride();
      if (copy.size() > 0) {
        for (Index k = 0; k < blocks; ++k)
          std::copy_n(panel + k * stride, rows * block_features, copy.data() + k * rows * block_features);
        panel = copy.data();
        stride = rows * block_features;
      }
      for (Index s = 0; s < group.strips; ++s)
        group.kernels->multiply(rows, blocks, panel, stride, width, d.strip(s, b * block_features),
                                y + s * panel_rows * width);
    }
  });
}

template <class S>
void multiply(const PackedInputs<S>& x, Index neurons, const RowSource<S>& d, const ExecutionContext& execution,
              const PanelSink<S>& sink) {
  for (const NeuronGroup<S>& group : neuron_groups<S>(neurons, 1, most_strips))
    multiply(x, group, strip_rows(group, x.features(), d), execution, sink);
}

template <class S>
void multiply_pair(const PackedInputs<S>& x, const PackedInputs<S>& xq, Index neurons, const RowSource<S>& d,
                   const RowSource<S>& e, const ExecutionContext& execution, const PanelSink<S>& sink) {
  for (const NeuronGroup<S>& group : neuron_groups<S>(neurons, 1, most_strips)) {
    const StripRows<S> rows_of_d = strip_rows(group, x.features(), d);
    const StripRows<S> rows_of_e = strip_rows(group, x.features(), e);
    for_panels<S>(group, x.samples(), execution, sink, [&](Index start, Index count, S* y) {
      for (Index b = 0; b < x.blocks(); ++b) {
        const Index width = group.strip_width(), t = b * block_features;
        for (Index s = 0; s < group.strips; ++s)
          group.kernels->update_pair(count, x.block(b) + start * block_features, xq.block(b) + start * block_features,
                                     width, rows_of_d.strip(s, t), width, rows_of_e.strip(s, t),
                                     y + s * panel_rows * width);
      }
    });
  }
}

template <class S>
RowMatrix<S> product(const PackedInputs<S>& x, const RowMatrix<S>& d, const ExecutionContext& execution) {
  RowMatrix<S> result(x.samples(), d.cols());
  const RowSource<S> rows = [&](Index t, Index first, Index count, S* out) {
    std::copy_n(d.row(t).data() + first, count, out);
  };
  const PanelSink<S> store = [&](const ProductPanel<S>& panel) {
    for (Index i = 0; i < panel.rows; ++i)
      std::copy_n(panel.y + i * panel.stride, panel.neurons, result.row(panel.start + i).data() + panel.first);
  };
  const auto groups = neuron_groups<S>(d.cols(), execution.threads(), most_strips);
  std::atomic<Index> next = 0;
  run_team(execution.threads(), [&](Team& team) {
    const ExecutionContext own = execution;
    team.share(next, std::ssize(groups), [&](Index i) {
      const NeuronGroup<S>& group = groups[size(i)];
      multiply(x, group, strip_rows(group, x.features(), rows), own, store);
    });
  });
  return result;
}

template StripRows<float> strip_rows(const NeuronGroup<float>&, Index, const RowSource<float>&);
template StripRows<double> strip_rows(const NeuronGroup<double>&, Index, const RowSource<double>&);
template void multiply(const PackedInputs<float>&, const NeuronGroup<float>&, const StripRows<float>&,
                       const ExecutionContext&, const PanelSink<float>&);
template void multiply(const PackedInputs<double>&, const NeuronGroup<double>&, const StripRows<double>&,
                       const ExecutionContext&, const PanelSink<double>&);
template void multiply(const PackedInputs<float>&, Index, const RowSource<float>&, const ExecutionContext&,
                       const PanelSink<float>&);
template void multiply(const PackedInputs<double>&, Index, const RowSource<double>&, const ExecutionContext&,
                       const PanelSink<double>&);
template void multiply_pair(const PackedInputs<float>&, const PackedInputs<float>&, Index, const RowSource<float>&,
                            const RowSource<float>&, const ExecutionContext&, const PanelSink<float>&);
template void multiply_pair(const PackedInputs<double>&, const PackedInputs<double>&, Index, const RowSource<double>&,
                            const RowSource<double>&, const ExecutionContext&, const PanelSink<double>&);
template RowMatrix<float> product(const PackedInputs<float>&, const RowMatrix<float>&, const ExecutionContext&);
template RowMatrix<double> product(const PackedInputs<double>&, const RowMatrix<double>&, const ExecutionContext&);

}  // namespace pathquant
