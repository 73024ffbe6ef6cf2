// Second moment of one fresh row of X, in diagonal plus low-rank form.
//
//   symbol  shape   meaning
//   z       N       a row, given what the distribution draws once for a trial (a subspace, centres, ..)
//   Sigma   N x N   E z z^T, means included: diag(d) + F F^T
//   d       N       diagonal part, >= 0
//   F       N x k   factor
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "core/execution.hpp"
#include "core/types.hpp"

namespace pathquant {

struct SecondMoment {
  Vector diagonal;    ///< d
  Index factors = 0;  ///< k
  /// Columns first .. first+count-1 of F (N x count). Thread-safe.
  std::function<Matrix<double>(Index first, Index count)> factor = {};
};

/// Second moment of uncorrelated entries with this mean and variance.
SecondMoment uncorrelated_entries(Index width, double mean, double variance);

/// Second moment of permuted features: feature t of the result is features[t].
SecondMoment arranged(const SecondMoment& moment, const std::vector<Index>& features);

/// Visits F in blocks of columns, because a dense F may be as large as N x N.
template <class Visit>
void for_each_block(const SecondMoment& moment, Visit visit) {
  constexpr Index block = 64;
  for (Index first = 0; first < moment.factors; first += block)
    visit(moment.factor(first, std::min(block, moment.factors - first)));
}

/// E ||z^T W||^2 = tr W^T Sigma W, for W (N x P). Takes N P (k + 1) multiply-adds.
double expected_energy(const SecondMoment& moment, const RowMatrix<double>& weights, const ExecutionContext& execution);

/// tr Sigma.
double trace(const SecondMoment& moment);

}  // namespace pathquant
