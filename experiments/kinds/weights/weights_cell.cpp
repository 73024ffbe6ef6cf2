#include "experiments/kinds/weights/weights_cell.hpp"

#include "core/data/in_precision.hpp"
#include "core/metrics/vector_metrics.hpp"
#include "experiments/measure/layer_bounds.hpp"
#include "experiments/measure/measure_layer.hpp"
#include "experiments/measure/record.hpp"
#include "experiments/measure/stored_facts.hpp"
#include "experiments/task/layer_content.hpp"

namespace pathquant {
namespace {

using nlohmann::json;

class WeightsCell final : public SetupCell<WeightsSetup> {
 public:
  using SetupCell::SetupCell;

  bool random() const override { return setup().vectors.random() || setup().quantizer->traits().random; }
  double cost() const override {
    return setup().quantizer->cost(setup().shape(), false) + vector_metrics_cost(setup().shape());
  }
  json measure(TaskContext& context) const override {
    return single_layer_content(setup().precision == Precision::float32 ? run_as<float>(context)
                                                                        : run_as<double>(context));
  }

  // Bounds on ||W - Q||_F^2, which is the error energy here; what is about a layer's output is not measured.
  std::vector<BoundRow> bounds(const BoundSelection& selection, double probability, const json& layer,
                               const ContentLookup& /*lookup*/) const override {
    LayerFacts facts = stored_facts(layer, setup().shape(), false, ColumnDistribution{}, setup().quantizer->traits());
    facts.weight_law = setup().vectors.law();
    const json measured = {{"weight_error_energy", layer.at("record").at("error_energy")}};
    std::vector<BoundRow> rows =
        layer_bounds(facts, selection, probability, measured, {}, 0, unit_roundoff(setup().precision));
    for (BoundRow& row : rows) {
      if (row.metric != "weight_error_energy") row.reason = "it is about a layer's output, and here are weights alone";
      row.metric = "error_energy";
    }
    return rows;
  }

 private:
  template <class S>
  json run_as(const TaskContext& context) const {
    const LayerKey key = setup().key(context.trial);
    const LayerProblem<S> problem(in_precision<S>(setup().vectors.draw(key, context.execution), "the vectors"));
    MeasuredLayer<S> measured =
        measure_layer<S>({*setup().quantizer, setup().alphabet.get()}, problem, key, {}, context.execution);
    const VectorMetrics metrics = measure_vectors(problem.weights(), measured.layer.weights);
    if (metrics.signal_energy == 0) throw Skipped("all vectors are 0, so there is no relative error");
    json& record = measured.judgement.record;
    record.erase("weight_relative_squared_error");
    record["signal_energy"] = metrics.signal_energy;
    record["error_energy"] = metrics.error_energy;
    record["relative_squared_error"] = metrics.relative_squared_error();
    record["relative_error"] = metrics.relative_error();
    record["mean_vector_error"] = metrics.mean_vector_error;
    record["max_vector_error"] = metrics.max_vector_error;
    return std::move(measured.judgement).json();
  }
};

}  // namespace

RowMatrix<double> Vectors::draw(const LayerKey& key, const ExecutionContext& execution) const {
  if (weights) return weights->draw(key.weights(), length, count);
  LayerInputs rows;
  rows.law = inputs;
  rows.samples = count;
  rows.width = length;
  return rows.draw<double>(key.inputs(), execution).first.transpose();
}

std::shared_ptr<const Cell> make_weights_cell(WeightsSetup setup) {
  return std::make_shared<WeightsCell>(std::move(setup));
}

}  // namespace pathquant
