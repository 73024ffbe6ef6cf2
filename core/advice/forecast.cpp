#include "core/advice/forecast.hpp"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "core/statistics/path_growth.hpp"

namespace pathquant {
namespace {

constexpr std::size_t most_magnitudes = 512;
constexpr std::size_t most_weighted = 1 << 16;
constexpr int normal_points = 24;

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

LayerForecast::LayerForecast(const LayerProblem<double>& problem, const Interrupt& interrupt)
    : neurons_(problem.shape().neurons) {
  const RowMatrix<double>& w = problem.weights();
  signal_energy_ = (problem.inputs() * w).squaredNorm();
  if (!(signal_energy_ > 0)) throw std::domain_error("the layer puts out zeros only (XW = 0): there is nothing to advise");
  largest_ = w.cwiseAbs().maxCoeff();
  mean_square_ = w.squaredNorm() / static_cast<double>(w.size());

  std::vector<double> sorted(w.data(), w.data() + w.size());
  for (double& one : sorted) one = std::abs(one);
  std::sort(sorted.begin(), sorted.end());
  const std::size_t count = std::min(sorted.size(), most_magnitudes);
  for (std::size_t i = 0; i < count; ++i) magnitudes_.push_back(sorted[(2 * i + 1) * sorted.size() / (2 * count)]);
  const std::size_t stride = (sorted.size() + most_weighted - 1) / most_weighted;
  represented_ = static_cast<double>(stride);
  for (std::size_t i = 0; i < sorted.size(); i += stride) {
    weighted_.push_back(std::abs(w.data()[i]));
    energies_.push_back(problem.squared_norms()[i / static_cast<std::size_t>(neurons_)]);
  }
  for (const FeatureOrder order : {FeatureOrder::natural, FeatureOrder::decreasing_norm}) {
    const Matrix<double> columns = visited_columns(order, problem);
    Path& path = paths_[order == FeatureOrder::natural ? 0 : 1];
    path.covariance = path_covariance(columns, interrupt);
    const PathGrowth growth = path_growth(columns, interrupt);
    path.squared_growth = growth.sum_squares / static_cast<double>(std::max<Index>(growth.live_columns, 1));
  }
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
    return path_rounding_error(levels, step, path.squared_growth) * static_cast<double>(neurons_) *
           path.covariance.trace;
  });
}

// e(s) = E (w + n - Q_K(w + n))^2, n normal with deviation s.
double LayerForecast::rounding_error(std::int64_t levels, double step, double deviation) const {
  double sum = 0;
  for (const double w : magnitudes_)
    for (const double n : normal_sample())
      sum += squared_error(w + deviation * n, step, shift_of(levels), largest_of(levels));
  return sum / static_cast<double>(magnitudes_.size() * normal_sample().size());
}

// The least solution of e = e(s), s^2 = e g^2: e(s) grows with s, so iterating from below finds it.
double LayerForecast::path_rounding_error(std::int64_t levels, double step, double squared_growth) const {
  double error = 0;
  for (int round = 0; round < 60; ++round) {
    const double next = rounding_error(levels, step, std::sqrt(error * squared_growth));
    if (next > mean_square_) break;
    if (std::abs(next - error) <= 1e-3 * next) return next;
    error = next;
  }
  return std::numeric_limits<double>::infinity();
}

}  // namespace pathquant
