#include "core/feedback/causal_sweep.hpp"

#include <algorithm>

#include "core/kernels/column_kernels.hpp"
#include "core/linalg/product.hpp"
#include "core/parallel/team.hpp"

namespace pathquant {
namespace {

// What neurons have of a block stays in the second-level cache.
template <class S>
constexpr Index most_strips = 1024 / sizeof(S) / 32;

template <class S>
void add_left(const LowerRows<S>& lower, Index block, const NeuronGroup<S>& group, const StripRows<S>& z,
              const ExecutionContext& execution, S* c) {
  multiply<S>(lower.left(block), group, z, execution, [&](const ProductPanel<S>& panel) {
    for (Index i = 0; i < panel.rows; ++i) {
      S* const row = c + (panel.start + i) * group.span() + panel.first - group.first;
      for (Index j = 0; j < panel.neurons; ++j) row[j] += panel.y[i * panel.stride + j];
    }
  });
}

template <class S>
void sweep_group(const RowMatrix<S>& b, std::span<const SweepTerm<S>> terms, const SweepStep<S>& step,
                 const NeuronGroup<S>& group, const ExecutionContext& execution) {
  const LowerRows<S>& shape = *terms.front().lower;
  const Index span = group.span();
  // Columns behind the last neuron are zeros and stay so.
  AlignedBuffer<S> c(static_cast<std::size_t>(LowerRows<S>::block_rows * span));
  AlignedBuffer<S> z(static_cast<std::size_t>(span));
  for (auto* rows : {&c, &z}) std::fill(rows->begin(), rows->end(), S(0));
  std::vector<StripRows<S>> done;
  for (std::size_t k = 0; k < terms.size(); ++k) done.emplace_back(group, shape.features());
  for (Index block = 0; block < shape.blocks(); ++block) {
    const Index start = block * LowerRows<S>::block_rows;
    const Index rows = std::min(LowerRows<S>::block_rows, shape.features() - start);
    for (Index i = 0; i < rows; ++i)
      std::copy_n(b.row(start + i).data() + group.first, group.neurons, c.data() + i * span);
    if (block > 0)
      for (std::size_t k = 0; k < terms.size(); ++k)
        add_left(*terms[k].lower, block, group, done[k], execution, c.data());
    for (Index first = 0; first < rows; first += block_features) {
      execution.poll();
      const Index end = std::min(first + block_features, rows);
      for (Index t = first; t < end; ++t) {
        step(start + t, group.first, group.neurons, c.data() + t * span);
        for (std::size_t k = 0; k < terms.size(); ++k) {
          std::copy_n(terms[k].z->row(start + t).data() + group.first, group.neurons, z.data());
          done[k].write(start + t, z.data());
          kernels::active<S>().update(end - t - 1, span, terms[k].lower->below(start + t), z.data(),
                                      c.data() + (t + 1) * span);
        }
      }
      for (std::size_t k = 0; k < terms.size() && end < rows; ++k)
        for (Index s = 0; s < group.strips; ++s)
          group.kernels->update_within(
              rows - end, terms[k].lower->within(block).block(first / block_features) + end * block_features,
              group.strip_width(), done[k].strip(s, start + first), span,
              c.data() + end * span + s * group.strip_width());
    }
  }
}

}  // namespace

template <class S>
LowerRows<S>::LowerRows(Index features, const std::function<void(Index t, S* out)>& row)
    : features_(features), below_(static_cast<std::size_t>(features * block_features + 1), S(0)) {
  std::vector<S> numbers(static_cast<std::size_t>(features), S(0));  // what is on and above the diagonal stays 0
  for (Index t = 0; t < features; ++t) {
    const Index start = t / block_rows * block_rows;
    if (t == start) {
      const Index rows = std::min(block_rows, features - start);
      left_.emplace_back(rows, start);
      within_.emplace_back(rows, rows);
    }
    row(t, numbers.data());
    for (Index b = 0; b < left_.back().blocks(); ++b)
      left_.back().pack_sample(b, t - start, numbers.data() + b * block_features);
    for (Index b = 0; b < within_.back().blocks(); ++b)
      within_.back().pack_sample(b, t - start, numbers.data() + start + b * block_features);
    for (Index s = t / block_features * block_features; s < t; ++s)
      below_[static_cast<std::size_t>(s * block_features + t % block_features)] = numbers[static_cast<std::size_t>(s)];
  }
}

template <class S>
void causal_sweep(const RowMatrix<S>& b, std::span<const SweepTerm<S>> terms, const SweepStep<S>& step,
                  const ExecutionContext& execution) {
  const auto groups = neuron_groups<S>(b.cols(), execution.threads(), most_strips<S>);
  std::atomic<Index> next = 0;
  run_team(execution.threads(), [&](Team& team) {
    const ExecutionContext own = execution;
    team.share(next, std::ssize(groups),
               [&](Index i) { sweep_group(b, terms, step, groups[static_cast<std::size_t>(i)], own); });
  });
}

template class LowerRows<float>;
template class LowerRows<double>;
template void causal_sweep(const RowMatrix<float>&, std::span<const SweepTerm<float>>, const SweepStep<float>&,
                           const ExecutionContext&);
template void causal_sweep(const RowMatrix<double>&, std::span<const SweepTerm<double>>, const SweepStep<double>&,
                           const ExecutionContext&);

}  // namespace pathquant
