// Small, slow path following by its definition, for simulations, and the largest plausible count of violations.
#pragma once

#include <Eigen/Dense>
#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <random>

namespace pathquant::testing {

struct SmallRun {
  Eigen::VectorXd error;  ///< u = Xw - Xq q
  bool clipped = false;
};

/// `round(z)` gives a level number for z = c/step; it is then clipped to |k| <= largest.
template <class Round>
SmallRun small_path(const Eigen::MatrixXd& x, const Eigen::MatrixXd& xq, const Eigen::VectorXd& w, double step,
                    double largest, const Round& round) {
  SmallRun run{Eigen::VectorXd::Zero(x.rows())};
  for (Eigen::Index t = 0; t < x.cols(); ++t) {
    run.error += w[t] * x.col(t);
    const double c = xq.col(t).dot(run.error) / xq.col(t).squaredNorm();
    const double level = round(c / step);
    run.clipped = run.clipped || std::abs(level) > largest;
    run.error -= step * std::clamp(level, -largest, largest) * xq.col(t);
  }
  return run;
}

/// Path following with any decision q = decide(c); never clips.
template <class Decide>
Eigen::VectorXd path_error(const Eigen::MatrixXd& x, const Eigen::VectorXd& w, const Decide& decide) {
  Eigen::VectorXd error = Eigen::VectorXd::Zero(x.rows());
  for (Eigen::Index t = 0; t < x.cols(); ++t) {
    const double c = w[t] + x.col(t).dot(error) / x.col(t).squaredNorm();
    error += (w[t] - decide(c)) * x.col(t);
  }
  return error;
}

/// By their definitions, with step 1.
inline double soft_decision(double c, double threshold) {
  return std::copysign(std::floor(std::max(std::abs(c) - threshold, 0.0) + 0.5), c);
}
inline double hard_decision(double c, double threshold) {
  if (std::abs(c) <= threshold) return 0;
  return std::copysign(threshold + std::floor(std::abs(c) - threshold + 0.5), c);
}

inline double to_nearest(double z) {
  return std::floor(z + 0.5);
}

template <class Engine>
Eigen::MatrixXd gaussian_matrix(Eigen::Index rows, Eigen::Index cols, double sigma, Engine& engine) {
  std::normal_distribution<double> normal(0.0, sigma);
  return Eigen::MatrixXd::NullaryExpr(rows, cols, [&] { return normal(engine); });
}

template <class Engine>
Eigen::MatrixXd uniform_matrix(Eigen::Index rows, Eigen::Index cols, double reach, Engine& engine) {
  std::uniform_real_distribution<double> uniform(-reach, reach);
  return Eigen::MatrixXd::NullaryExpr(rows, cols, [&] { return uniform(engine); });
}

/// True unless so many violations would be seen with probability below 1e-4 when each trial fails with probability eta.
inline bool plausible(int violations, int trials, double eta) {
  if (violations == 0) return true;
  const boost::math::binomial law(trials, eta);
  return boost::math::cdf(boost::math::complement(law, violations - 1)) >= 1e-4;
}

}  // namespace pathquant::testing
