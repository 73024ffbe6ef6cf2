// Matrix product XD on the kernels of path following. It is computed panel by panel, for callers that need the product
// or only sums over it.
//
//   symbol  shape   meaning
//   X, Xq   m x N   packed (core/linalg/packed_columns.hpp)
//   D, E    N x P   given row by row
//   Y       m x P   XD, or XD + XqE summed feature by feature: first x_t d_t, then xq_t e_t
//
// Each number of Y is one chain of fused multiply-adds from 0 in the order of the features. Its bits depend on the
// numbers multiplied only.
#pragma once

#include <functional>

#include "core/execution.hpp"
#include "core/linalg/packed_columns.hpp"
#include "core/linalg/strip_rows.hpp"
#include "core/types.hpp"

namespace pathquant {

/// Callback that writes entries first .. first+count-1 of row t of D.
template <class S>
using RowSource = std::function<void(Index t, Index first, Index count, S* out)>;

/// Number of rows of D and its neurons of one group.
template <class S>
StripRows<S> strip_rows(const NeuronGroup<S>& group, Index features, const RowSource<S>& source);

/// Panel of Y: rows start .. start+rows-1 of neurons first .. first+neurons-1; row i, neuron j at y[i * stride + j].
template <class S>
struct ProductPanel {
  Index start = 0, rows = 0;
  Index first = 0, neurons = 0;
  const S* y = nullptr;
  Index stride = 0;
};
/// Passes all panels of Y to the callback. The panels of one neuron come in the order of their rows.
template <class S>
using PanelSink = std::function<void(const ProductPanel<S>& panel)>;

template <class S>
void multiply(const PackedInputs<S>& x, Index neurons, const RowSource<S>& d, const ExecutionContext& execution,
              const PanelSink<S>& sink);
template <class S>
void multiply_pair(const PackedInputs<S>& x, const PackedInputs<S>& xq, Index neurons, const RowSource<S>& d,
                   const RowSource<S>& e, const ExecutionContext& execution, const PanelSink<S>& sink);

/// The same for one group of neurons whose rows of D are stored: the first N of them.
template <class S>
void multiply(const PackedInputs<S>& x, const NeuronGroup<S>& group, const StripRows<S>& d,
              const ExecutionContext& execution, const PanelSink<S>& sink);

/// Computes Y as a matrix, on as many threads as `execution` allows.
template <class S>
RowMatrix<S> product(const PackedInputs<S>& x, const RowMatrix<S>& d, const ExecutionContext& execution);

}  // namespace pathquant
