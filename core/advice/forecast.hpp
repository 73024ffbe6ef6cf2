// What a layer's error will be with so many levels, before anything is quantized: from X, W and the rounding errors that
// a scheme is expected to make. The step is the one with the least forecast.
//
//   symbol   shape   meaning
//   w        N x P   weights
//   Q_K      the nearest of L levels with step delta, mid-tread (L odd) or mid-rise (L even)
//   h_t              ||X_t||^2
//   e                mean squared rounding error, clipping included
//   g^2              mean over the columns of the squared growth g_t^2 (core/statistics/path_growth.hpp)
//   S                path covariance in the order of the visits (core/statistics/layer_statistics.hpp)
//
//   msq   ||XW - XQ||^2 ~ sum_t h_t sum_j (w_tj - Q_K(w_tj))^2: errors of different weights do not add up
//   gpfq  ||XW - XQ||^2 ~ P e tr S: U = sum_t xi_t v_t holds with clipping too (F1), and the xi_t are taken as
//         uncorrelated with a mean square e. Arguments are c = w + n, with n the older errors as the path carries them
//         on, of variance e g^2, taken as normal: e = E (c - Q_K(c))^2 over the weights and n, solved for e.
//
// Where nothing clips and the weights spread over many steps both are delta^2/12 times ||X||^2 P and P tr S, the
// predictions of theory 0.2. With clipping, e has no solution below the weights' own mean square when the levels reach
// too short: errors then feed each other, and the forecast is infinite.
//
// Source: derived from theory, F1, 0.2 and S8.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/alphabet/alphabet.hpp"
#include "core/interrupt.hpp"
#include "core/problem.hpp"
#include "core/quantizers/feature_order.hpp"
#include "core/statistics/layer_statistics.hpp"

namespace pathquant {

struct Forecast {
  double step = 0;
  double relative_squared_error = 0;  ///< infinite where no step is any good
};

/// L levels around 0: mid-tread where L is odd, mid-rise where it is even. L >= 2.
Alphabet balanced_alphabet(std::int64_t levels, double step, Index neurons);

class LayerForecast {
 public:
  /// X == Xq. Throws std::domain_error where XW = 0, Stopped when `interrupt` says so.
  LayerForecast(const LayerProblem<double>& problem, const Interrupt& interrupt);

  Forecast msq(std::int64_t levels) const;
  Forecast gpfq(std::int64_t levels, FeatureOrder order) const;
  double signal_energy() const { return signal_energy_; }
  /// Of the natural order.
  const PathCovariance& path() const { return paths_[0].covariance; }

 private:
  struct Path {
    PathCovariance covariance;
    double squared_growth = 0;
  };
  template <class Error>
  Forecast best_step(std::int64_t levels, const Error& error) const;
  double rounding_error(std::int64_t levels, double step, double deviation) const;
  double path_rounding_error(std::int64_t levels, double step, double squared_growth) const;

  double signal_energy_ = 0;
  Index neurons_ = 0;
  double largest_ = 0;      // max |w|
  double mean_square_ = 0;  // of the weights
  std::vector<double> magnitudes_;  // |w|, or so many quantiles of them
  std::vector<double> weighted_;    // |w| and h_t of every weight, or of every so-manieth one
  std::vector<double> energies_;
  double represented_ = 1;  // weights that one of these stands for
  std::array<Path, 2> paths_;
};

}  // namespace pathquant
