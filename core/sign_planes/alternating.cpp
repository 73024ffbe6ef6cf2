#include "core/sign_planes/alternating.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <functional>
#include <vector>

#include "core/sign_planes/least_squares.hpp"
#include "core/sign_planes/magnitudes.hpp"
#include "core/sign_planes/plane_levels.hpp"

namespace pathquant {
namespace {

template <class S>
class Alternation {
 public:
  Alternation(std::span<const S> x, std::span<const double> h) : scale_(x) {
    std::vector<std::pair<double, double>> sorted(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) sorted[i] = {scale_.down(std::abs(x[i])), h.empty() ? 1.0 : h[i]};
    std::sort(sorted.begin(), sorted.end());
    magnitudes_.reserve(sorted.size());
    before_.reserve(sorted.size() + 1);
    Mass sum;
    before_.push_back(sum);
    for (const auto& [magnitude, weight] : sorted) {
      magnitudes_.push_back(magnitude);
      sum.add(weight, magnitude);
      before_.push_back(sum);
    }
  }

  PlaneScales<S> improve(const PlaneScales<S>& start) const {
    PlaneScales<double> scales;
    for (const S scale : start) scales.push_back(scale_.down(scale));
    double gain = 0;
    for (;;) {
      PlaneScales<double> next = scales;
      const double next_gain = fit(next);
      if (!(next_gain > gain)) break;
      gain = next_gain;
      scales = next;
    }
    PlaneScales<S> result;
    for (const double scale : scales) result.push_back(scale_.up(scale));
    return result;
  }

 private:
  // Replaces `scales` by the best scales for the signs nearest under `scales`. Returns g^T v, by which they reduce the
  // error from sum h x^2.
  double fit(PlaneScales<double>& scales) const {
    const auto planes = static_cast<Index>(scales.size());
    const auto levels = plane_levels(scales);
    Matrix<double> matrix = Matrix<double>::Zero(planes, planes);
    Vector product = Vector::Zero(planes);
    Vector signs(planes);
    std::size_t first = 0;
    for (std::size_t c = 0; c < levels.size(); ++c) {
      if (levels[c].value < 0) continue;
      std::size_t last = magnitudes_.size();
      if (c + 1 < levels.size()) {
        const double midpoint = levels[c].value + (levels[c + 1].value - levels[c].value) / 2;
        last = static_cast<std::size_t>(std::lower_bound(magnitudes_.begin(), magnitudes_.end(), midpoint) -
                                        magnitudes_.begin());
      }
      const Mass cell = before_[last] - before_[first];
      first = last;
      for (Index p = 0; p < planes; ++p) signs(p) = (levels[c].code >> (planes - 1 - p) & 1) != 0 ? 1 : -1;
      matrix += cell.weight * signs * signs.transpose();
      product += cell.moment * signs;
    }
    // Planes may coincide on all weights. The minimum-norm solution splits the scale evenly between them.
    const Vector solution = Eigen::CompleteOrthogonalDecomposition<Matrix<double>>(matrix).solve(product);
    for (Index p = 0; p < planes; ++p) scales[static_cast<std::size_t>(p)] = std::abs(solution(p));
    std::sort(scales.begin(), scales.end(), std::greater<>());
    return product.dot(solution);
  }

  PowerOfTwoScale<S> scale_;
  std::vector<double> magnitudes_;  // ascending
  std::vector<Mass> before_;        // mass of the first k magnitudes, about 0
};

// Squared error of the rounded vector, relative to the largest weight squared.
template <class S>
double squared_error(std::span<const S> x, std::span<const double> h, const PlaneScales<S>& scales) {
  const PowerOfTwoScale<S> scale(x);
  std::vector<S> q(x.size());
  round_to_planes(x, scales, q.data());
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double difference = scale.down(x[i]) - scale.down(q[i]);
    sum += (h.empty() ? 1.0 : h[i]) * difference * difference;
  }
  return sum;
}

}  // namespace

template <class S>
PlaneScales<S> alternating(std::span<const S> x, std::size_t planes, std::span<const double> h) {
  const PlaneScales<S> greedy = gf(x, planes, h);
  const PlaneScales<S> improved = Alternation<S>(x, h).improve(greedy);
  // Compare after rounding to S, because rounding may undo a gain of exact arithmetic.
  return squared_error(x, h, improved) < squared_error(x, h, greedy) ? improved : greedy;
}

template PlaneScales<float> alternating(std::span<const float>, std::size_t, std::span<const double>);
template PlaneScales<double> alternating(std::span<const double>, std::size_t, std::span<const double>);

}  // namespace pathquant
