// One pass over the features in which each number of a row is a sum over the rows before it and then becomes something
// else: error feedback, forward and backward substitution and Gauss-Seidel are of this form.
//
//   symbol  shape   meaning
//   L       N x N   strictly lower triangular
//   B       N x P   what each row begins with
//   C       N x P   arguments
//   Z       N x P   what became of them
//
//   c_t = b_t + sum_{s<t} L_ts z_s  (with several L and Z: the sum of all of them),   z_t = step(t, c_t),   t = 1..N
//
// Rows are cut into blocks: what comes from earlier blocks is a product on the kernels of core/linalg/product.hpp, what
// comes from the block itself is added by twelve features at a time, and within these feature by feature. Each number
// is a sum of chains of fused multiply-adds in an order that depends on N alone, so its bits depend on neither the
// processor nor the number of threads.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "core/execution.hpp"
#include "core/linalg/packed_columns.hpp"
#include "core/types.hpp"

namespace pathquant {

/// L, packed.
template <class S>
class LowerRows {
 public:
  /// row(t, out) writes L_t1 .. L_t,t-1.
  LowerRows(Index features, const std::function<void(Index t, S* out)>& row);

  static constexpr Index block_rows = 8 * block_features;
  Index features() const { return features_; }
  Index blocks() const { return (features_ + block_rows - 1) / block_rows; }
  /// Of block b: its rows, left of the block on the diagonal (b > 0), and that block.
  const PackedInputs<S>& left(Index b) const { return left_[static_cast<std::size_t>(b)]; }
  const PackedInputs<S>& within(Index b) const { return within_[static_cast<std::size_t>(b)]; }
  /// L_{t+1,t} and what is below, down to the last of the 12 features that t is one of.
  const S* below(Index t) const { return below_.data() + t * block_features + t % block_features + 1; }

 private:
  Index features_;
  std::vector<PackedInputs<S>> left_, within_;
  std::vector<S> below_;
};

/// L and the Z that it multiplies.
template <class S>
struct SweepTerm {
  const LowerRows<S>* lower;
  const RowMatrix<S>* z;
};

/// Called once for every t and part of the neurons, t ascending for each neuron; c holds neurons first ..
/// first+count-1. It writes row t of every Z for these.
template <class S>
using SweepStep = std::function<void(Index t, Index first, Index count, const S* c)>;

/// On so many threads as `execution` allows, each with neurons of its own. `b` has N rows, and may be one of the Z:
/// rows are read before their step.
template <class S>
void causal_sweep(const RowMatrix<S>& b, std::span<const SweepTerm<S>> terms, const SweepStep<S>& step,
                  const ExecutionContext& execution);

extern template class LowerRows<float>;
extern template class LowerRows<double>;

}  // namespace pathquant
