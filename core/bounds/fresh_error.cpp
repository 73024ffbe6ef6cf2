#include "core/bounds/fresh_error.hpp"

#include <Eigen/SVD>
#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>
#include <numbers>

namespace pathquant {

double row_space_deviation(const Matrix<double>& inputs, const Vector& error) {
  const Eigen::BDCSVD<Matrix<double>> svd(inputs, Eigen::ComputeThinU);
  const Vector& singular = svd.singularValues();
  const double zero = static_cast<double>(std::max(inputs.rows(), inputs.cols())) *
                      std::numeric_limits<double>::epsilon() * singular[0];
  double sum = 0;
  for (Index i = 0; i < singular.size() && singular[i] > zero; ++i) {
    const double part = svd.matrixU().col(i).dot(error) / singular[i];
    sum += part * part;
  }
  return std::sqrt(sum);
}

double row_space_quantile(double deviation, double sigma, double eta) {
  return sigma * deviation * std::numbers::sqrt2 * boost::math::erfc_inv(eta);
}

double fresh_prediction(const PathGrowth& growth, const Vector& steps, double variance, double second_moment) {
  return variance * steps.squaredNorm() * second_moment *
         (static_cast<double>(growth.live_columns) + growth.sum_squares);
}

}  // namespace pathquant
