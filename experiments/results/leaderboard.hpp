// Which quantizer is best, over all the layers of a sweep on which the same ones were tried.
//
//   symbol    meaning
//   board     quantizers that were compared with each other, and the conditions (groups of cells that agree in all but
//             the quantizer) in which all of them were
//   contest   a condition and a trial that is ok in all of them: they saw the same X and W
//   r_kq      mean over the conditions of the rank of quantizer q in trial k, 1 the smallest error, equal ones sharing
//             the mean of their places
//   d_kq      mean over the conditions of log(error of q / error of the leader) in trial k
//
// The conditions of one trial share X and W, or parts of them, so the intervals are Student's over the trials, of r_kq
// and d_kq.
#pragma once

#include <string>
#include <vector>

#include "experiments/results/measured_cell.hpp"
#include "experiments/results/row.hpp"

namespace pathquant {

/// Adds one row per board, error of `columns` and quantizer, by mean rank; boards are numbered on from those of `rows`.
///
///   board, layer, place, rivals number of the board, its layer, place on it, quantizers that it has
///   decides                     whether the board is ranked by this error: fresh_relative_squared_error where all of its
///                               cells have it, otherwise relative_squared_error
///   conditions, count, contests conditions, trials and contests that are judged
///   mean_rank, rank_low, rank_high   mean of r_kq, with its 95 % interval
///   wins                        contests in which its error alone was smallest
///   leader, ratio, low, high    exponential of the mean of d_kq, with its 95 % interval; null where an error is 0
///   seconds                     of a task, drawing and measuring included, per weight
///   line, line_cells, line_ratio  the upper line that applies to most of its cells, of these the tightest; to how
///                               many, and the median of value over measured
void add_leaderboard(const std::vector<MeasuredCell>& cells, const ColumnTable& columns, std::vector<Row>& rows);

}  // namespace pathquant
