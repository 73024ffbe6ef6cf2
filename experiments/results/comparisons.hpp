// Paired differences between quantizers that saw the same X and W.
//
//   symbol    meaning
//   a_k, b_k  error of two quantizers in trial k, their cells equal in everything else
//   d_k       log(a_k / b_k)
//
// X and W of a trial are the same for all quantizers (the streams do not know them), so what a trial makes larger it
// makes larger for both, and the d_k scatter less than the errors do. The interval of the mean of d_k is Student's,
// over the trials that are ok in both.
#pragma once

#include <string>
#include <vector>

#include "experiments/results/measured_cell.hpp"
#include "experiments/results/row.hpp"

namespace pathquant {

/// One row per pair of cells of one group (quantizer_groups.hpp) and error or cost of `columns`.
///
///   cell_id, against        the two cells; `against` is the one that comes first in the sweep
///   quantizer, reference    what tells their quantizers from the others of the sweep
///   count                   trials that are ok in both; wins, losses, ties: in which cell_id's error is smaller, ..
///   log_ratio, standard_error, low, high    mean of d_k, with its 95 % interval; null where an error is 0
///   ratio                   its exponential: the geometric mean of the ratios
std::vector<Row> comparisons(const std::vector<MeasuredCell>& cells, const ColumnTable& columns);

}  // namespace pathquant
