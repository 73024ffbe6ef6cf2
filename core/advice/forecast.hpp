// What a layer's error will be with so many levels, before anything is quantized: from X, W and the rounding errors
// that a scheme is expected to make. The step is the one with the least forecast.
//
//   symbol   shape   meaning
//   w        N x P   weights
//   Q_K      the nearest of L levels with step delta, mid-tread (L odd) or mid-rise (L even)
//   h_t              ||X_t||^2
//   e_t              mean squared rounding error at column t, clipping included
//   g_t              growth (core/path_following/path_growth.hpp), in the order of the permutation
//   v_t      m       what a unit rounding error at column t comes to (core/facts/layer_statistics.hpp)
//
//   msq   ||XW - XQ||^2 ~ sum_t h_t sum_j (w_tj - Q_K(w_tj))^2: errors of different weights do not add up
//   gpfq  ||XW - XQ||^2 ~ P sum_t e_t ||v_t||^2: U = sum_t xi_t v_t holds with clipping too (F1), and the xi_t are
//         taken as uncorrelated. Arguments are c_t = w + n, with n the older errors as the path carries them on, taken
//         as normal of variance e g_t^2, where e = sum_t e_t ||v_t||^2 / sum_t ||v_t||^2 is the mean of the e_t:
//         e_t = E (c_t - Q_K(c_t))^2 over the weights and n, solved for e.
//
// Where nothing clips and the weights spread over many steps, e_t = delta^2/12 for both: the predictions of theory 0.2.
// When the levels reach too short, errors feed each other and e has no solution of any reasonable size: the forecast is
// infinite.
//
// Source: derived from theory, F1, 0.2 and S8.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/alphabet/alphabet.hpp"
#include "core/execution.hpp"
#include "core/layer/layer_problem.hpp"
#include "core/layer/permutation.hpp"

namespace pathquant {

struct Forecast {
  double step = 0;
  double relative_squared_error = 0;  ///< infinite where no step is any good
};

/// L levels around 0: mid-tread where L is odd, mid-rise where it is even. L >= 2.
Alphabet balanced_alphabet(std::int64_t levels, double step, Index neurons);

class LayerForecast {
 public:
  /// X == Xq. Throws std::domain_error where XW = 0, Stopped when `execution` says so.
  LayerForecast(const LayerProblem<double>& problem, const ExecutionContext& execution);

  Forecast msq(std::int64_t levels) const;
  Forecast gpfq(std::int64_t levels, FeatureOrder order) const;
  double signal_energy() const { return signal_energy_; }

 private:
  // Columns of about the same growth.
  struct Stratum {
    double squared_growth = 0;
    double share = 0;  // of sum_t ||v_t||^2
  };
  struct Path {
    std::vector<Stratum> strata;
    double energy = 0;  // sum_t ||v_t||^2 = tr S
  };
  static Path path_of(const Matrix<double>& columns, const ExecutionContext& execution);
  template <class Error>
  Forecast best_step(std::int64_t levels, const Error& error) const;
  double rounding_error(std::int64_t levels, double step, double deviation) const;
  double path_rounding_error(std::int64_t levels, double step, const Path& path) const;

  double signal_energy_ = 0;
  Index neurons_ = 0;
  double largest_ = 0;      // max |w|
  double mean_square_ = 0;  // of the weights
  struct Magnitude {
    double value;
    double weights;  // how many it stands for
  };
  std::vector<Magnitude> magnitudes_;
  std::vector<double> weighted_;  // |w| and h_t of every weight, or of every so-manieth one
  std::vector<double> energies_;
  double represented_ = 1;  // weights that one of these stands for
  std::array<Path, 2> paths_;
};

}  // namespace pathquant
