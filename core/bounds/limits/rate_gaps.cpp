#include "core/bounds/limits/rate_gaps.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "core/bounds/limits/rate_distortion.hpp"

namespace pathquant {

RateGaps high_rate_gaps(const Matrix<double>& gram) {
  const Index width = gram.rows();
  if (width < 1 || gram.cols() != width)
    throw std::invalid_argument("the gaps of a square matrix X^T X of at least one column");
  // Cholesky of the reversed matrix takes the later columns off first.
  const Eigen::LLT<Matrix<double>> reversed(gram.reverse());
  if (reversed.info() != Eigen::Success)
    throw std::invalid_argument("the gaps need independent columns: X^T X is not positive definite");
  const Eigen::ArrayXd distances = reversed.matrixLLT().diagonal().array().square();

  const auto n = static_cast<double>(width);
  const Vector diagonal = gram.diagonal();
  // D^{1/2} (D + L)^{-1} D
  Matrix<double> growth = diagonal.asDiagonal();
  gram.triangularView<Eigen::Lower>().solveInPlace(growth);
  const double trace = 2 * diagonal.sum() - (diagonal.cwiseSqrt().asDiagonal() * growth).squaredNorm();

  const double limit = distances.log().mean();
  const double lattice = std::log2(2 * std::numbers::pi * std::numbers::e / 12) / 2;
  const auto gap = [&](double energy) { return (std::log(energy) - limit) / (2 * std::numbers::ln2) + lattice; };
  return {gap(diagonal.sum() / n), gap(trace / n), gap(distances.mean()), lattice};
}

double bits_above_limit(const Vector& variances, double rate, double error) {
  return rate - least_bits(variances, error) / static_cast<double>(variances.size());
}

}  // namespace pathquant
