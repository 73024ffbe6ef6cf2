#include "core/feedback/causal_sweep.hpp"

#include <algorithm>

#include "core/kernels/column_kernels.hpp"
#include "core/product.hpp"
#include "core/team.hpp"

namespace pathquant {
namespace {

// With the rows of a block they stay in the first-level cache.
constexpr Index chunk_neurons = 64;

template <class S>
void add_left(const LowerRows<S>& lower, Index block, const RowMatrix<S>& z, Index first, const Interrupt& interrupt,
              RowMatrix<S>& c) {
  const RowSource<S> rows = [&](Index t, Index start, Index count, S* out) {
    std::copy_n(z.row(t).data() + first + start, count, out);
  };
  multiply<S>(lower.left(block), c.cols(), rows, interrupt, [&](const ProductPanel<S>& panel) {
    for (Index i = 0; i < panel.rows; ++i) {
      S* const row = c.row(panel.start + i).data() + panel.first;
      for (Index j = 0; j < panel.neurons; ++j) row[j] += panel.y[i * panel.stride + j];
    }
  });
}

template <class S>
void sweep_chunk(const RowMatrix<S>& b, std::span<const SweepTerm<S>> terms, const SweepStep<S>& step, Index first,
                 Index count, const Interrupt& interrupt) {
  const LowerRows<S>& shape = *terms.front().lower;
  for (Index block = 0; block < shape.blocks(); ++block) {
    const Index start = block * LowerRows<S>::block_rows;
    const Index rows = std::min(LowerRows<S>::block_rows, shape.features() - start);
    RowMatrix<S> c = b.block(start, first, rows, count);
    if (block > 0)
      for (const SweepTerm<S>& term : terms) add_left(*term.lower, block, *term.z, first, interrupt, c);
    for (Index t = 0; t < rows; ++t) {
      interrupt.poll();
      step(start + t, first, count, c.row(t).data());
      if (t + 1 == rows) break;
      for (const SweepTerm<S>& term : terms)
        kernels::active<S>().update(rows - t - 1, count, &term.lower->within(block)(t + 1, t),
                                    term.z->row(start + t).data() + first, c.row(t + 1).data());
    }
  }
}

}  // namespace

template <class S>
LowerRows<S>::LowerRows(const Matrix<S>& lower) : features_(lower.rows()) {
  for (Index start = 0; start < features_; start += block_rows) {
    const Index rows = std::min(block_rows, features_ - start);
    within_.push_back(lower.block(start, start, rows, rows));
    PackedInputs<S>& left = left_.emplace_back(rows, start);
    for (Index b = 0; b < left.blocks(); ++b) left.pack_block(b, &lower(start, b * block_features), lower.rows());
  }
}

template <class S>
void causal_sweep(const RowMatrix<S>& b, std::span<const SweepTerm<S>> terms, const SweepStep<S>& step,
                  const Interrupt& interrupt) {
  const Index chunks = (b.cols() + chunk_neurons - 1) / chunk_neurons;
  std::atomic<Index> next = 0;
  run_team(interrupt.threads(), [&](Team& team) {
    const Interrupt own = interrupt;
    team.share(next, chunks, [&](Index chunk) {
      const Index first = chunk * chunk_neurons;
      sweep_chunk(b, terms, step, first, std::min(chunk_neurons, b.cols() - first), own);
    });
  });
}

template class LowerRows<float>;
template class LowerRows<double>;
template void causal_sweep(const RowMatrix<float>&, std::span<const SweepTerm<float>>, const SweepStep<float>&,
                           const Interrupt&);
template void causal_sweep(const RowMatrix<double>&, std::span<const SweepTerm<double>>, const SweepStep<double>&,
                           const Interrupt&);

}  // namespace pathquant
