#include "experiments/results/exponents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "experiments/results/series.hpp"
#include "experiments/sample_statistics/moments.hpp"

namespace pathquant {
namespace {

struct Point {
  double x;
  const MeasuredCell* cell;
};

std::optional<double> parameter(const MeasuredCell& cell, const std::string& column) {
  const Row* value = cell.column(column);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}

// Where the cell stands on an axis that is a parameter, or a measured column that is the same in all its trials.
std::optional<double> place(const MeasuredCell& cell, const std::string& axis) {
  if (const auto value = parameter(cell, axis)) return value;
  const auto measured = cell.values.find(axis);
  if (measured == cell.values.end()) return std::nullopt;
  const double first = measured->second.begin()->second;
  const bool same =
      std::all_of(measured->second.begin(), measured->second.end(), [&](const auto& v) { return v.second == first; });
  return same ? std::optional(first) : std::nullopt;
}

std::vector<std::string> numeric_axes(const std::vector<MeasuredCell>& cells, const std::vector<std::string>& plotted) {
  std::vector<PlannedCell> planned;
  for (const MeasuredCell& cell : cells) planned.push_back(*cell.planned);
  std::vector<std::string> axes = column_names(planned);
  for (const std::string& column : plotted)
    if (std::find(axes.begin(), axes.end(), column) == axes.end()) axes.push_back(column);
  std::erase_if(axes, [&](const std::string& axis) {
    std::set<double> values;
    for (const MeasuredCell& cell : cells)
      if (const auto x = place(cell, axis); x && *x > 0) values.insert(*x);
    return values.size() < points_to_fit;
  });
  return axes;
}

struct Series {
  std::string name;
  std::vector<Point> points;  // ascending x
  std::string range = "all points";
};

std::vector<Series> series_along(const std::vector<MeasuredCell>& cells, const std::string& axis) {
  std::vector<Point> points;
  std::vector<PlannedCell> planned;
  std::vector<std::string> places;
  for (const MeasuredCell& cell : cells) {
    const auto x = place(cell, axis);
    if (!x || *x <= 0 || cell.trials == 0) continue;
    points.push_back({*x, &cell});
    planned.push_back(*cell.planned);
    places.push_back(Row(*x).dump());
  }
  std::vector<Series> all;
  // Only numbers move along: two laws at different widths are two series, not one that changes its law on the way.
  for (const Group& group : groups_along(planned, places, [](const Row& value) { return value.is_number(); })) {
    Series& series = all.emplace_back();
    series.name = group.name;
    for (const std::size_t i : group.cells) series.points.push_back(points[i]);
    std::stable_sort(series.points.begin(), series.points.end(),
                     [](const Point& a, const Point& b) { return a.x < b.x; });
  }
  return all;
}

// Leaves the points at which the rate is reached.
void keep_rate(Series& series) {
  std::set<double> ratios;
  std::vector<Point> far;
  for (const Point& point : series.points) {
    const auto width = parameter(*point.cell, "width");
    const auto samples = parameter(*point.cell, "samples");
    if (!width || !samples) return;
    ratios.insert(*width / *samples);
    if (*width >= rate_reached * *samples) far.push_back(point);
  }
  if (ratios.size() == 1 || far.size() < points_to_fit) return;
  series.points = std::move(far);
  series.range = fmt::format("width >= {} samples", rate_reached);
}

// Least squares in one variable.
class Line {
 public:
  explicit Line(const std::vector<Point>& points) {
    for (const Point& point : points) centred_.push_back(std::log(point.x));
    const double mean = std::accumulate(centred_.begin(), centred_.end(), 0.0) / static_cast<double>(centred_.size());
    for (double& x : centred_) x -= mean;
    squares_ = std::inner_product(centred_.begin(), centred_.end(), centred_.begin(), 0.0);
  }
  double slope(const std::vector<double>& y) const {
    return std::inner_product(y.begin(), y.end(), centred_.begin(), 0.0) / squares_;
  }
  double largest_residual(const std::vector<double>& y) const {
    const double mean = std::accumulate(y.begin(), y.end(), 0.0) / static_cast<double>(y.size());
    const double b = slope(y);
    double largest = 0;
    for (std::size_t i = 0; i < y.size(); ++i) largest = std::max(largest, std::abs(y[i] - mean - b * centred_[i]));
    return largest;
  }

 private:
  std::vector<double> centred_;
  double squares_ = 0;
};

// log y of every trial that has a positive value at every point.
std::vector<std::vector<double>> complete_trials(const std::vector<Point>& points, const std::string& metric) {
  std::vector<const std::map<std::int64_t, double>*> columns;
  for (const Point& point : points) {
    const auto found = point.cell->values.find(metric);
    if (found == point.cell->values.end()) return {};
    columns.push_back(&found->second);
  }
  std::vector<std::vector<double>> trials;
  for (const auto& [trial, ignored] : *columns.front()) {
    std::vector<double> y;
    for (const auto* column : columns)
      if (const auto found = column->find(trial); found != column->end() && found->second > 0)
        y.push_back(std::log(found->second));
    if (y.size() == columns.size()) trials.push_back(std::move(y));
  }
  return trials;
}

Row empty_row(const Series& series, const std::string& axis, const std::string& metric) {
  const MeasuredCell& first = *series.points.front().cell;
  Row row = row_about(first.id(), first.layer);
  row["series"] = series.name;
  row["axis"] = axis;
  row["metric"] = metric;
  row["rate"] = nullptr;
  row["points"] = series.points.size();
  row["from"] = series.points.front().x;
  row["to"] = series.points.back().x;
  row["range"] = series.range;
  for (const char* name : {"count", "slope", "standard_error", "low", "high", "off_by"}) row[name] = nullptr;
  return row;
}

std::optional<Row> measured_row(const Series& series, const std::string& axis, const std::string& metric) {
  const auto trials = complete_trials(series.points, metric);
  if (trials.empty()) return std::nullopt;
  const Line line(series.points);
  std::vector<double> slopes;
  std::vector<double> mean(series.points.size(), 0.0);
  for (const auto& y : trials) {
    slopes.push_back(line.slope(y));
    for (std::size_t i = 0; i < y.size(); ++i) mean[i] += y[i] / static_cast<double>(trials.size());
  }
  const Moments slope = moments(slopes);
  const auto interval = student_interval(slope, slopes.size());
  Row row = empty_row(series, axis, metric);
  row["count"] = slopes.size();
  row["slope"] = or_null(slope.mean);
  row["standard_error"] = or_null(slope.standard_error);
  row["low"] = interval ? or_null(interval->low) : Row(nullptr);
  row["high"] = interval ? or_null(interval->high) : Row(nullptr);
  row["off_by"] = or_null(std::exp(line.largest_residual(mean)));
  return row;
}

std::optional<Row> rate_row(const Series& series, const std::string& axis, const std::string& metric,
                            const std::string& rate) {
  std::vector<double> y;
  for (const Point& point : series.points)
    if (const auto found = point.cell->rates.find(rate); found != point.cell->rates.end() && found->second > 0)
      y.push_back(std::log(found->second));
  if (y.size() < series.points.size()) return std::nullopt;
  Row row = empty_row(series, axis, metric);
  row["rate"] = rate;
  row["slope"] = or_null(Line(series.points).slope(y));
  return row;
}

}  // namespace

std::vector<Row> exponents(const std::vector<MeasuredCell>& cells, const ColumnTable& columns,
                           const std::vector<std::string>& plotted) {
  std::vector<Row> rows;
  for (const std::string& axis : numeric_axes(cells, plotted))
    for (Series& series : series_along(cells, axis)) {
      if (series.points.size() < points_to_fit) continue;
      const auto measure = [&](ColumnKind kind) {
        for (const std::string& metric : names_of(columns, {kind}))
          if (auto row = measured_row(series, axis, metric)) rows.push_back(*std::move(row));
      };
      measure(ColumnKind::cost);
      keep_rate(series);
      measure(ColumnKind::error);
      std::set<std::string> rates;
      for (const auto& [rate, shape] : series.points.front().cell->rates) rates.insert(rate);
      for (const std::string& rate : rates)
        if (auto row = rate_row(series, axis, rate_metric, rate)) rows.push_back(*std::move(row));
    }
  return rows;
}

}  // namespace pathquant
