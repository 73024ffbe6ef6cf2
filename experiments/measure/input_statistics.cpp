#include "experiments/measure/input_statistics.hpp"

#include <functional>
#include <numeric>
#include <utility>

#include "core/facts/random_direction.hpp"
#include "core/facts/streamed_statistics.hpp"
#include "experiments/measure/stored_fields.hpp"
#include "experiments/task/identity.hpp"

namespace pathquant {
namespace {

// Xq of one trial, its features in the order of their visit, and that order.
struct Visit {
  LayerKey key;
  Matrix<double> columns;
  std::vector<Index> features;
};

template <class S>
Visit visit_as(const PermutedInputs& visited, const TaskContext& context) {
  const LayerProblem<S> problem(
      visited.inputs.shared<S>(visited.seed, context.trial, context.execution, context.cache)->pair,
      RowMatrix<S>::Zero(visited.inputs.width, 1));
  return {LayerKey{visited.seed, context.trial}, permuted_columns(visited.order, problem),
          permutation(visited.order, problem.squared_norms())};
}

std::string statistic_id(const PermutedInputs& visited, const char* name) {
  nlohmann::json identity = {{"schema", results_schema},
                             {"statistic", name},
                             {"seed", std::to_string(visited.seed)},
                             {"precision", to_text(visited.precision)},
                             {"inputs", visited.inputs.identity}};
  if (visited.order == FeatureOrder::decreasing_norm) identity["order"] = "decreasing_norm";
  return content_id(identity);
}

class InputStatistic final : public Computation {
 public:
  using Evaluate = std::function<nlohmann::json(const Visit&, const ExecutionContext&)>;

  /// `name` tells statistics, and their versions, apart.
  InputStatistic(const PermutedInputs& visited, const char* name, double cost, Evaluate evaluate)
      : visited_(visited), cost_(cost), evaluate_(std::move(evaluate)) {
    id_ = statistic_id(visited, name);
  }

  const std::string& id() const override { return id_; }
  std::string untrusted() const override { return visited_.inputs.untrusted; }
  bool random() const override { return visited_.inputs.random(); }
  double cost() const override { return cost_; }

  std::string shares(std::int64_t trial) const override {
    return visited_.inputs.cache_key(visited_.precision, visited_.seed, trial);
  }

  nlohmann::json run(TaskContext& context) const override {
    const Visit visit = visited_.precision == Precision::float32 ? visit_as<float>(visited_, context)
                                                                 : visit_as<double>(visited_, context);
    return evaluate_(visit, context.execution);
  }

 private:
  PermutedInputs visited_;
  double cost_;
  Evaluate evaluate_;
  std::string id_;
};

LayerShape shape_of(const LayerInputs& inputs) {
  return {inputs.samples, inputs.width, 1};
}

// What a layer that is not held lets be known of S.
class StreamedPathCovariance final : public Computation {
 public:
  explicit StreamedPathCovariance(const PermutedInputs& visited) : visited_(visited) {
    id_ = statistic_id(visited, "streamed_path_covariance/1");
  }
  const std::string& id() const override { return id_; }
  bool random() const override { return visited_.inputs.random(); }
  double cost() const override {
    const auto samples = static_cast<double>(visited_.inputs.samples);
    const LayerShape tail{visited_.inputs.samples, tail_columns(visited_.inputs.samples), 1};
    return path_covariance_cost(tail) + 30 * samples * static_cast<double>(visited_.inputs.width);
  }
  nlohmann::json run(TaskContext& context) const override {
    const LayerInputs& inputs = visited_.inputs;
    const LayerKey key{visited_.seed, context.trial};
    const auto source = inputs.law->open(key.inputs(), inputs.samples, inputs.width);
    const Vector direction = random_direction(key.direction(), inputs.samples);
    const auto covariance =
        visited_.precision == Precision::float32 ? streamed_path_covariance<float> : streamed_path_covariance<double>;
    return inputs.files.unchanged_during(
        [&] { return write_fields(covariance(*source, inputs.samples, inputs.width, direction, context.execution)); });
  }

 private:
  PermutedInputs visited_;
  std::string id_;
};

}  // namespace

std::shared_ptr<const Computation> path_covariance_of(const PermutedInputs& visited) {
  if (visited.inputs.streamed()) return std::make_shared<StreamedPathCovariance>(visited);
  return std::make_shared<InputStatistic>(
      visited, "path_covariance/3", path_covariance_cost(shape_of(visited.inputs)),
      [](const Visit& visit, const ExecutionContext& execution) {
        return write_fields(
            path_covariance(visit.columns, execution, random_direction(visit.key.direction(), visit.columns.rows())));
      });
}

std::shared_ptr<const Computation> path_growth_of(const PermutedInputs& visited) {
  if (visited.inputs.streamed()) return nullptr;
  return std::make_shared<InputStatistic>(visited, "path_growth/1", path_growth_cost(shape_of(visited.inputs)),
                                          [](const Visit& visit, const ExecutionContext& execution) {
                                            return write_fields(path_growth(visit.columns, execution));
                                          });
}

std::shared_ptr<const Computation> fresh_spread_of(const PermutedInputs& visited) {
  const auto any_moment = visited.inputs.fresh_moment("");
  if (!any_moment) return nullptr;
  return std::make_shared<InputStatistic>(
      visited, "fresh_spread/1", fresh_spread_cost(shape_of(visited.inputs), *any_moment),
      [inputs = visited.inputs](const Visit& visit, const ExecutionContext& execution) {
        return write_fields(
            fresh_spread(visit.columns, arranged(*inputs.fresh_moment(visit.key.inputs()), visit.features), execution));
      });
}

}  // namespace pathquant
