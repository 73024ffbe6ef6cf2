#include "core/facts/input_box.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "core/facts/fact.hpp"

namespace pathquant {
namespace {

struct Interval {
  double centre, radius;

  Interval(double least, double greatest)
      : centre(least + (greatest - least) / 2), radius(std::max(greatest - centre, centre - least)) {}
};

// sup |sum_t f_t y_t| over f in intervals, for every neuron, as it is added up; and the sizes that roundings are of.
struct Reach {
  std::vector<double> at_centre, around, sizes;

  explicit Reach(Index neurons) : at_centre(static_cast<std::size_t>(neurons), 0.0), around(at_centre), sizes(around) {}

  /// `size` >= |y| is that of the numbers that f is multiplied by where the sum is not formed as here.
  void add(std::size_t neuron, const Interval& interval, double y, double size) {
    at_centre[neuron] += interval.centre * y;
    around[neuron] += interval.radius * std::abs(y);
    sizes[neuron] += (std::abs(interval.centre) + interval.radius) * size;
  }
};

}  // namespace

template <class S>
double largest_box_error(const LayerProblem<S>& problem, const RowMatrix<S>& quantized,
                         const ExecutionContext& execution) {
  const Index width = problem.shape().width, neurons = problem.shape().neurons;
  const Matrix<S>& x = problem.inputs();
  const Matrix<S>& xq = problem.quantized_inputs();
  Reach reach(neurons);
  for (Index t = 0; t < width; ++t) {
    execution.poll();
    const Interval box(xq.col(t).minCoeff(), xq.col(t).maxCoeff());
    std::optional<Interval> drift;
    if (problem.has_mismatch()) {
      const Vector e = x.col(t).template cast<double>() - xq.col(t).template cast<double>();
      drift.emplace(e.minCoeff(), e.maxCoeff());
    }
    for (Index j = 0; j < neurons; ++j) {
      const auto w = static_cast<double>(problem.weights()(t, j)), q = static_cast<double>(quantized(t, j));
      const double d = w - q;
      const auto neuron = static_cast<std::size_t>(j);
      if (drift) {
        reach.add(neuron, box, d, std::abs(w) + std::abs(q));
        reach.add(neuron, *drift, w, std::abs(w));
      } else {
        reach.add(neuron, box, d, std::abs(d));
      }
    }
  }
  // Each of the at most 2N terms carries a handful of roundings (of the difference, the centre, the radius and the
  // product) and one for every sum it is in, and so does whatever is compared with this: 8N + 32 are enough for both.
  const double roundings = (8 * static_cast<double>(width) + 32) * std::numeric_limits<double>::epsilon() / 2;
  const double gamma = roundings / (1 - roundings);
  double largest = 0;
  for (std::size_t j = 0; j < reach.sizes.size(); ++j)
    largest = std::max(largest, std::abs(reach.at_centre[j]) + reach.around[j] + gamma * reach.sizes[j]);
  return largest;
}
template double largest_box_error(const LayerProblem<float>&, const RowMatrix<float>&, const ExecutionContext&);
template double largest_box_error(const LayerProblem<double>&, const RowMatrix<double>&, const ExecutionContext&);

namespace input_box_fact {

const Registered<FactEntry> registered(
    make_fact({.name = "input_box",
               .version = 1,
               .summary = "the largest error of any neuron on the box of the calibration data",
               .formula = "max_j ( |<c, d_j> + <c', w_j>| + sum_t (rho_t |d_tj| + rho'_t |w_tj|) ), one number",
               .source = "derived: interval arithmetic by centre and radius; cf. arXiv 2304.13812"},
              [](const auto& layer) -> std::optional<Vector> {
                if (layer.problem.shape().samples == 0) return std::nullopt;
                return Vector::Constant(1, largest_box_error(layer.problem, layer.result.weights, layer.execution));
              }));

}  // namespace input_box_fact
}  // namespace pathquant
