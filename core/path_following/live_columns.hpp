// The columns of Xq that have a direction: what sums over steps of path following run over.
#pragma once

#include <vector>

#include "core/execution.hpp"
#include "core/types.hpp"

namespace pathquant {

struct LiveColumns {
  std::vector<Index> positions;
  std::vector<double> norms;
};

/// A column whose squared norm is below the smallest normal number is dead.
LiveColumns live_columns(const Matrix<double>& inputs);

/// Live columns first .. first+count-1, each divided by its norm.
Matrix<double> normalised(const Matrix<double>& inputs, const LiveColumns& live, Index first, Index count,
                          const ExecutionContext& execution);

}  // namespace pathquant
