// The audit: whether each theoretical line keeps its word over all trials of a sweep (core of the judgement:
// cell_line.hpp).
//
// Cells of a sweep share X and W and are not independent tests, so trials of different cells are never pooled into one
// rate. What is said of a line over the whole sweep is counts, its worst cell, and Bonferroni's verdict, which presumes
// no independence: refuted where the chance in the worst cell times the number of judged cells is below refuted_below.
#pragma once

#include <vector>

#include "experiments/results/measured_cell.hpp"
#include "experiments/results/row.hpp"

namespace pathquant {

/// For each line by name one row for the whole sweep, with cell_id null (its layer is that of the worst cell), and then
/// one per cell and layer that it applies to.
///
///   trials, judged, violations   ok trials, those in which it applies, those in which it is exceeded (null for means)
///   eta, rate, rate_low, rate_high   of an upper line: stated failure probability; violations / trials, with the exact
///                                95 % interval of Clopper and Pearson
///   ratio, ratio_low, ratio_high of the others: mean value / mean measured, with Student's 95 % interval
///   chance                       chance_if_true (cell_line.hpp)
///   deciding_low, deciding_high  deciding_interval (cell_line.hpp), for all judged cells at once in the sweep's row
///   accuracy                     of a prediction: the relative error that is allowed
///   consistent                   whether the chance is probable enough; null where the trials are too few to say
///   looseness_*                  of an upper line: least, quantiles of value / measured over the trials judged
///   cells, worst_cell            of the whole sweep: cells that it applies to, and the one whose chance is least (of
///                                equal ones the tightest); its rate or ratio, interval and chance are the sweep's
std::vector<Row> audit(const std::vector<MeasuredCell>& cells);

}  // namespace pathquant
