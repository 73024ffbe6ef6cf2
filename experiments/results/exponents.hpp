// Decay exponents: how an error falls along an axis of the sweep.
//
//   symbol  meaning
//   x       where a cell stands on the axis: a numeric parameter (width, samples, ...)
//   y_ik    error of trial k in the cell at x_i
//   b_k     slope of the least-squares line through (log x_i, log y_ik) over i
//
// The cells of one trial see corners of one problem, so their errors are correlated along the axis and the residuals of
// one fit to all points say nothing about the slope's error. The trials are independent: the exponent is the mean of
// the b_k, with Student's interval over k.
#pragma once

#include <string>
#include <vector>

#include "experiments/results/measured_cell.hpp"
#include "experiments/results/row.hpp"

namespace pathquant {

/// Path following reaches its rate once N is several m: its error is predicted as (m/N)(1 - e^(-N/m)), a pure power up
/// to 0.04 % from here on. Where N/m changes along the axis the points with N >= 8m are fitted, if they are 3 or more.
inline constexpr double rate_reached = 8;
inline constexpr std::size_t points_to_fit = 3;

/// One row per (series, axis, metric), the metrics being the errors and costs of `columns` and the cells of a series differing along the axis only, and one per rate
/// (BoundKind::decay) that applies to all its points, with the slope that the rate has there. Axes are the numeric
/// parameters with at least points_to_fit positive values in the sweep, and `plotted` if it is a measured column that
/// no trial changes (levels, bits, ..). Costs have no rate to reach: all their points are fitted. A trial counts when
/// it has a positive value at every point that is fitted.
///
///   cell_id   the cell at the first point that is fitted; series: what tells the series from the others
///   metric    what falls; rate: the rate's name, null for what was measured
///   from, to  the first and the last x that are fitted, of `points`; range: which those are
///   count     trials; slope, standard_error, low, high: the exponent with its 95 % interval (null with one trial)
///   off_by    factor by which the fitted power is off where it is off most (1: the points lie on it)
std::vector<Row> exponents(const std::vector<MeasuredCell>& cells, const ColumnTable& columns,
                           const std::vector<std::string>& plotted);

}  // namespace pathquant
