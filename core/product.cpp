#include "core/product.hpp"

#include <algorithm>

#include "core/path/neuron_groups.hpp"
#include "core/team.hpp"

namespace pathquant {
namespace {

constexpr Index panel_rows = 144;   // as in core/path/strips.cpp
constexpr Index chunk_blocks = 64;  // rows of D that stay in the second-level cache

std::size_t size(Index n) {
  return static_cast<std::size_t>(n);
}

/// Neurons first .. first+live-1 of Y.
template <class S>
class StripProduct {
 public:
  StripProduct(const PackedInputs<S>& x, const kernels::StripKernels<S>& kernels, Index first, Index live)
      : x_(x), kernels_(kernels), first_(first), live_(live), y_(size(panel_rows * width())) {}

  AlignedBuffer<S> load(const RowSource<S>& source) const {
    AlignedBuffer<S> rows(size(x_.blocks() * block_features * width()));
    for (Index t = 0; t < x_.blocks() * block_features; ++t) {
      S* row = rows.data() + t * width();
      const Index live = t < x_.features() ? live_ : 0;
      if (live > 0) source(t, first_, live, row);
      std::fill(row + live, row + width(), S(0));
    }
    return rows;
  }

  /// add(start, rows, y) adds to a panel of zeros.
  template <class Add>
  void run(const Interrupt& interrupt, const PanelSink<S>& sink, Add&& add) {
    for (Index start = 0; start < x_.samples(); start += panel_rows) {
      interrupt.poll();
      const Index rows = std::min(panel_rows, x_.samples() - start);
      std::fill_n(y_.data(), rows * width(), S(0));
      add(start, rows, y_.data());
      sink({start, rows, first_, live_, y_.data(), width()});
    }
  }

  Index width() const { return kernels_.neurons; }

 private:
  const PackedInputs<S>& x_;
  const kernels::StripKernels<S>& kernels_;
  Index first_, live_;
  AlignedBuffer<S> y_;
};

template <class S, class Strip>
void for_strips(Index neurons, Strip&& strip) {
  for (const NeuronGroup<S>& group : neuron_groups<S>(neurons, 1, 1)) strip(*group.kernels, group.first, group.neurons);
}

template <class S>
void multiply_strip(const PackedInputs<S>& x, const kernels::StripKernels<S>& kernels, Index first, Index live,
                    const RowSource<S>& d, const Interrupt& interrupt, const PanelSink<S>& sink) {
  StripProduct<S> strip(x, kernels, first, live);
  const AlignedBuffer<S> rows = strip.load(d);
  strip.run(interrupt, sink, [&](Index start, Index count, S* y) {
    for (Index b = 0; b < x.blocks(); b += chunk_blocks)
      kernels.multiply(count, std::min(chunk_blocks, x.blocks() - b), x.block(b) + start * block_features, x.stride(),
                       strip.width(), rows.data() + b * block_features * strip.width(), y);
  });
}

}  // namespace

template <class S>
void multiply(const PackedInputs<S>& x, Index neurons, const RowSource<S>& d, const Interrupt& interrupt,
              const PanelSink<S>& sink) {
  for_strips<S>(neurons, [&](const auto& kernels, Index first, Index live) {
    multiply_strip(x, kernels, first, live, d, interrupt, sink);
  });
}

template <class S>
void multiply_pair(const PackedInputs<S>& x, const PackedInputs<S>& xq, Index neurons, const RowSource<S>& d,
                   const RowSource<S>& e, const Interrupt& interrupt, const PanelSink<S>& sink) {
  for_strips<S>(neurons, [&](const auto& kernels, Index first, Index live) {
    StripProduct<S> strip(x, kernels, first, live);
    const AlignedBuffer<S> rows = strip.load(d), quantized_rows = strip.load(e);
    strip.run(interrupt, sink, [&](Index start, Index count, S* y) {
      for (Index b = 0; b < x.blocks(); ++b) {
        const Index at = b * block_features * strip.width();
        kernels.update_pair(count, x.block(b) + start * block_features, xq.block(b) + start * block_features,
                            strip.width(), rows.data() + at, quantized_rows.data() + at, y);
      }
    });
  });
}

template <class S>
RowMatrix<S> product(const PackedInputs<S>& x, const RowMatrix<S>& d, const Interrupt& interrupt) {
  RowMatrix<S> result(x.samples(), d.cols());
  const RowSource<S> rows = [&](Index t, Index first, Index count, S* out) {
    std::copy_n(d.row(t).data() + first, count, out);
  };
  const PanelSink<S> store = [&](const ProductPanel<S>& panel) {
    for (Index i = 0; i < panel.rows; ++i)
      std::copy_n(panel.y + i * panel.stride, panel.neurons, result.row(panel.start + i).data() + panel.first);
  };
  const auto strips = neuron_groups<S>(d.cols(), 1, 1);
  std::atomic<Index> next = 0;
  run_team(interrupt.threads(), [&](Team& team) {
    const Interrupt own = interrupt;
    team.share(next, std::ssize(strips), [&](Index i) {
      const NeuronGroup<S>& strip = strips[size(i)];
      multiply_strip(x, *strip.kernels, strip.first, strip.neurons, rows, own, store);
    });
  });
  return result;
}

template void multiply(const PackedInputs<float>&, Index, const RowSource<float>&, const Interrupt&,
                       const PanelSink<float>&);
template void multiply(const PackedInputs<double>&, Index, const RowSource<double>&, const Interrupt&,
                       const PanelSink<double>&);
template void multiply_pair(const PackedInputs<float>&, const PackedInputs<float>&, Index, const RowSource<float>&,
                            const RowSource<float>&, const Interrupt&, const PanelSink<float>&);
template void multiply_pair(const PackedInputs<double>&, const PackedInputs<double>&, Index, const RowSource<double>&,
                            const RowSource<double>&, const Interrupt&, const PanelSink<double>&);
template RowMatrix<float> product(const PackedInputs<float>&, const RowMatrix<float>&, const Interrupt&);
template RowMatrix<double> product(const PackedInputs<double>&, const RowMatrix<double>&, const Interrupt&);

}  // namespace pathquant
