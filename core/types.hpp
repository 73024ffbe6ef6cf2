// The storage conventions of the whole library.
//
//   symbol  type              shape   layout
//   X, Xq   Matrix<S>         m x N   column-major: one input feature over all samples is contiguous
//   W, Q    RowMatrix<S>      N x P   row-major: the weights of one input feature for all neurons are contiguous
//   U       RowMatrix<S>      m x P   row-major: XW - XqQ, one sample over all neurons is contiguous
//
// m = samples, N = width (input features), P = neurons (outputs). S is float or double. All norms are plain sums over
// the m samples, not divided by m. Files hold W and Q the other way round, as (outputs, inputs): see core/data/npy.hpp.
#pragma once

#include <Eigen/Core>

namespace pathquant {

using Index = Eigen::Index;

template <class S>
using Matrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic>;
template <class S>
using RowMatrix = Eigen::Matrix<S, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;

/// The size of one layer's problem: samples m >= 0 (0: weights only), width N >= 1, neurons P >= 1.
struct LayerShape {
  Index samples = 0;
  Index width = 0;
  Index neurons = 0;
};

}  // namespace pathquant
