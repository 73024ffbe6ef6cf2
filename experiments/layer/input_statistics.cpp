#include "experiments/layer/input_statistics.hpp"

#include <functional>
#include <numeric>
#include <utility>

#include "core/statistics/random_direction.hpp"
#include "experiments/hash.hpp"
#include "experiments/json_text.hpp"
#include "experiments/layer/stored_facts.hpp"

namespace pathquant {
namespace {

// Xq of one trial, its features in the order of their visit, and that order.
struct Visit {
  std::string key;
  Matrix<double> columns;
  std::vector<Index> features;
};

template <class S>
Visit visit_as(const VisitedInputs& visited, std::string key, const Matrix<double>& xq) {
  const LayerProblem<S> problem(xq.cast<S>(), std::nullopt, RowMatrix<S>::Zero(xq.cols(), 1));
  return {std::move(key), visited_columns(visited.order, problem), visits(visited.order, problem.squared_norms())};
}

class InputStatistic final : public Computation {
 public:
  using Evaluate = std::function<nlohmann::json(const Visit&, const Interrupt&)>;

  /// `name` tells statistics, and their versions, apart.
  InputStatistic(const VisitedInputs& visited, const char* name, double cost, Evaluate evaluate)
      : visited_(visited), cost_(cost), evaluate_(std::move(evaluate)) {
    nlohmann::json identity = {{"schema", results_schema},
                               {"statistic", name},
                               {"seed", std::to_string(visited_.seed)},
                               {"precision", visited_.precision == Precision::float32 ? "float32" : "float64"},
                               {"inputs", visited_.inputs.identity}};
    if (visited_.order == FeatureOrder::decreasing_norm) identity["order"] = "decreasing_norm";
    id_ = sha256_hex(canonical_json(identity)).substr(0, 32);
  }

  const std::string& id() const override { return id_; }
  std::string foreign() const override { return visited_.inputs.foreign; }
  bool random() const override { return visited_.inputs.random(); }
  double cost() const override { return cost_; }

  nlohmann::json run(std::int64_t trial, const Interrupt& interrupt) const override {
    std::string key = stream_key(visited_.seed, trial);
    const auto [inputs, quantized] = visited_.inputs.draw(key, interrupt);
    const Matrix<double>& xq = quantized ? *quantized : inputs;
    const Visit visit = visited_.precision == Precision::float32 ? visit_as<float>(visited_, std::move(key), xq)
                                                                 : visit_as<double>(visited_, std::move(key), xq);
    return evaluate_(visit, interrupt);
  }

 private:
  VisitedInputs visited_;
  double cost_;
  Evaluate evaluate_;
  std::string id_;
};

LayerShape shape_of(const LayerInputs& inputs) {
  return {inputs.samples, inputs.width, 1};
}

}  // namespace

std::shared_ptr<const Computation> path_covariance_of(const VisitedInputs& visited) {
  return std::make_shared<InputStatistic>(
      visited, "path_covariance/3", path_covariance_cost(shape_of(visited.inputs)),
      [](const Visit& visit, const Interrupt& interrupt) {
        return to_json(path_covariance(visit.columns, interrupt, random_direction(visit.key, visit.columns.rows())));
      });
}

std::shared_ptr<const Computation> path_growth_of(const VisitedInputs& visited) {
  return std::make_shared<InputStatistic>(
      visited, "path_growth/1", path_growth_cost(shape_of(visited.inputs)),
      [](const Visit& visit, const Interrupt& interrupt) { return to_json(path_growth(visit.columns, interrupt)); });
}

std::shared_ptr<const Computation> fresh_spread_of(const VisitedInputs& visited) {
  const auto any_moment = visited.inputs.fresh_moment("");
  if (!any_moment) return nullptr;
  return std::make_shared<InputStatistic>(
      visited, "fresh_spread/1", fresh_spread_cost(shape_of(visited.inputs), *any_moment),
      [inputs = visited.inputs](const Visit& visit, const Interrupt& interrupt) {
        return to_json(
            fresh_spread(visit.columns, arranged(*inputs.fresh_moment(visit.key), visit.features), interrupt));
      });
}

}  // namespace pathquant
