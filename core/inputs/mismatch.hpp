// Input mismatch: inputs Xq = X + sigma Z of the quantized network, with independent N(0, 1) entries of Z.
//
//   symbol  shape  meaning
//   X, Xq   m x N  inputs of the float and of the quantized network
//   sigma          standard deviation of the noise; 0: Xq = X
#pragma once

#include <optional>

#include "core/distributions/scalar_distribution.hpp"
#include "core/execution.hpp"
#include "core/inputs/input_distribution.hpp"
#include "core/random/stream.hpp"

namespace pathquant {

/// The distribution of an entry of X where all entries are independent and normal; absent otherwise.
std::optional<EntryDistribution> entry_law(const ColumnDistribution& columns);

/// Properties of the columns of Xq where those of X have the properties `columns`.
ColumnDistribution with_noise(ColumnDistribution columns, double sigma);

/// Computes Xq. The noise of feature t is row t of the stream; it is added in double precision and the sum is rounded
/// to S. Throws Stopped when `execution` requests it.
template <class S>
Matrix<S> noisy_inputs(const Matrix<S>& inputs, double sigma, const Stream& noise, const ExecutionContext& execution);

extern template Matrix<float> noisy_inputs(const Matrix<float>&, double, const Stream&, const ExecutionContext&);
extern template Matrix<double> noisy_inputs(const Matrix<double>&, double, const Stream&, const ExecutionContext&);

}  // namespace pathquant
