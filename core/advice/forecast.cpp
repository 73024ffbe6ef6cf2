#include "core/advice/forecast.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/path_following/live_columns.hpp"
#include "core/path_following/path_growth.hpp"

namespace pathquant {
namespace {

constexpr std::size_t most_bins = 128;
constexpr std::size_t tail = 64;  // the largest ones, which clip: each by itself
constexpr int most_strata = 10;
constexpr double most_error = 100;  // in mean squares of the weights
constexpr std::size_t most_weighted = 1 << 16;
constexpr int normal_points = 16;

// Points of equal weight that stand for a normal number of variance 1.
const std::vector<double>& normal_sample() {
  static const std::vector<double> sample = [] {
    std::vector<double> points(normal_points);
    double squares = 0;
    for (int i = 0; i < normal_points; ++i) {
      points[static_cast<std::size_t>(i)] =
          boost::math::quantile(boost::math::normal_distribution<double>(), (i + 0.5) / normal_points);
      squares += points[static_cast<std::size_t>(i)] * points[static_cast<std::size_t>(i)];
    }
    for (double& point : points) point *= std::sqrt(normal_points / squares);
    return points;
  }();
  return sample;
}

// (c - Q_K(c))^2 with h = 0 (mid-tread) or 1/2 (mid-rise) and levels k + h, |k + h| <= largest.
double squared_error(double c, double step, double h, double largest) {
  const double z = std::abs(c) / step;
  const double level = std::min(std::floor(z - h + 0.5) + h, largest);
  return (z - level) * (z - level) * step * step;
}

// ||v_t||^2 of every live column: A = P_N .. P_{t+1} times column t, the last columns first, in blocks of projectors
// (core/facts/path_covariance.cpp). Norms survive a rotation of the samples, so more samples than features are
// rotated into as many.
Vector squared_ends(const Matrix<double>& inputs, const LiveColumns& live, const ExecutionContext& execution) {
  const auto count = static_cast<Index>(live.norms.size());
  Matrix<double> columns = normalised(inputs, live, 0, count, execution);
  if (columns.rows() > count) {
    const Matrix<double> triangle =
        Eigen::HouseholderQR<Matrix<double>>(columns).matrixQR().topRows(count).triangularView<Eigen::Upper>();
    columns = triangle;
  }
  constexpr Index block_width = 32;
  Matrix<double> remainder = Matrix<double>::Identity(columns.rows(), columns.rows());
  Vector ends(count);
  for (Index end = count; end > 0;) {
    execution.poll();
    const Index first = std::max<Index>(0, end - block_width);
    const Matrix<double> block = columns.middleCols(first, end - first);
    Matrix<double> rest = remainder * block;
    const Matrix<double> gram = block.transpose() * block;
    gram.triangularView<Eigen::UnitLower>().solveInPlace<Eigen::OnTheRight>(rest);
    remainder.noalias() -= rest * block.transpose();
    for (Index t = first; t < end; ++t) {
      const double norm = live.norms[static_cast<std::size_t>(t)];
      ends(t) = rest.col(t - first).squaredNorm() * norm * norm;
    }
    end = first;
  }
  return ends;
}

double shift_of(std::int64_t levels) {
  return levels % 2 == 0 ? 0.5 : 0;
}

double largest_of(std::int64_t levels) {
  return static_cast<double>(levels - 1) / 2;
}

}  // namespace

Alphabet balanced_alphabet(std::int64_t levels, double step, Index neurons) {
  return {Vector::Constant(neurons, step), levels / 2,
          levels % 2 == 0 ? AlphabetKind::midrise : AlphabetKind::midtread};
}

LayerForecast::LayerForecast(const LayerProblem<double>& problem, const ExecutionContext& execution)
    : neurons_(problem.shape().neurons) {
  const RowMatrix<double>& w = problem.weights();
  signal_energy_ = (problem.inputs() * w).squaredNorm();
  if (!(signal_energy_ > 0))
    throw std::domain_error("the layer puts out zeros only (XW = 0): there is nothing to advise");
  largest_ = w.cwiseAbs().maxCoeff();
  mean_square_ = w.squaredNorm() / static_cast<double>(w.size());

  std::vector<double> sorted(w.data(), w.data() + w.size());
  for (double& one : sorted) one = std::abs(one);
  std::sort(sorted.begin(), sorted.end());
  const std::size_t bulk = sorted.size() - std::min(sorted.size(), tail);
  const std::size_t bins = std::min(bulk, most_bins);
  for (std::size_t i = 0; i < bins; ++i) {
    const std::size_t first = i * bulk / bins, end = (i + 1) * bulk / bins;
    magnitudes_.push_back({sorted[first + (end - first) / 2], static_cast<double>(end - first)});
  }
  for (std::size_t i = bulk; i < sorted.size(); ++i) magnitudes_.push_back({sorted[i], 1});
  const std::size_t stride = (sorted.size() + most_weighted - 1) / most_weighted;
  represented_ = static_cast<double>(stride);
  for (std::size_t i = 0; i < sorted.size(); i += stride) {
    weighted_.push_back(std::abs(w.data()[i]));
    energies_.push_back(problem.squared_norms()[i / static_cast<std::size_t>(neurons_)]);
  }
  paths_ = {path_of(permuted_columns(FeatureOrder::natural, problem), execution),
            path_of(permuted_columns(FeatureOrder::decreasing_norm, problem), execution)};
}

LayerForecast::Path LayerForecast::path_of(const Matrix<double>& columns, const ExecutionContext& execution) {
  const LiveColumns live = live_columns(columns);
  const Vector ends = squared_ends(columns, live, execution);
  const Vector growths = squared_growths(columns, execution);
  std::vector<std::pair<double, double>> all;  // g_t^2, ||v_t||^2
  for (std::size_t i = 0; i < live.positions.size(); ++i)
    all.emplace_back(std::max(0.0, growths(live.positions[i])), ends(static_cast<Index>(i)));
  std::sort(all.begin(), all.end());
  Path path;
  path.energy = ends.sum();
  Stratum stratum;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double share = all[i].second / path.energy;
    stratum.squared_growth += share * all[i].first;
    stratum.share += share;
    if (stratum.share * most_strata < 1 && i + 1 < all.size()) continue;
    if (stratum.share > 0) {
      stratum.squared_growth /= stratum.share;
      path.strata.push_back(stratum);
    }
    stratum = {};
  }
  return path;
}

// The least error over the steps, on a geometric grid and then between its best neighbours.
template <class Error>
Forecast LayerForecast::best_step(std::int64_t levels, const Error& error) const {
  // With the largest level at C max |w|, C from 1/16 to 4.
  const double unit = largest_ / largest_of(levels);
  constexpr int points = 49;
  const auto step_at = [&](double i) { return unit * std::exp2(-4 + 6 * i / (points - 1)); };
  double best = 0;
  double least = std::numeric_limits<double>::infinity();
  const auto look = [&](double i) {
    const double value = error(step_at(i));
    if (value < least) {
      least = value;
      best = i;
    }
  };
  for (int i = 0; i < points; ++i) look(i);
  for (double half = 0.5; half > 0.05; half /= 2) {
    const double middle = best;
    look(middle - half);
    look(middle + half);
  }
  return {step_at(best), least / signal_energy_};
}

Forecast LayerForecast::msq(std::int64_t levels) const {
  return best_step(levels, [&](double step) {
    double energy = 0;
    for (std::size_t i = 0; i < weighted_.size(); ++i)
      energy += energies_[i] * squared_error(weighted_[i], step, shift_of(levels), largest_of(levels));
    return represented_ * energy;
  });
}

Forecast LayerForecast::gpfq(std::int64_t levels, FeatureOrder order) const {
  const Path& path = paths_[order == FeatureOrder::natural ? 0 : 1];
  return best_step(levels, [&](double step) {
    return path_rounding_error(levels, step, path) * static_cast<double>(neurons_) * path.energy;
  });
}

// e(s) = E (w + n - Q_K(w + n))^2, n normal with deviation s.
double LayerForecast::rounding_error(std::int64_t levels, double step, double deviation) const {
  double sum = 0;
  double count = 0;
  for (const auto& [magnitude, weights] : magnitudes_) {
    for (const double n : normal_sample())
      sum += weights * squared_error(magnitude + deviation * n, step, shift_of(levels), largest_of(levels));
    count += weights;
  }
  return sum / (count * normal_points);
}

// The least e that is the mean of the e_t it leads to: these grow with e, so iterating from below finds it.
double LayerForecast::path_rounding_error(std::int64_t levels, double step, const Path& path) const {
  double error = 0;
  for (int round = 0; round < 60; ++round) {
    double next = 0;
    for (const Stratum& stratum : path.strata)
      next += stratum.share * rounding_error(levels, step, std::sqrt(error * stratum.squared_growth));
    if (next > most_error * mean_square_) break;
    if (std::abs(next - error) <= 1e-3 * next) return next;
    error = next;
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace pathquant
