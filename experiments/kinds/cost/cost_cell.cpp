#include "experiments/kinds/cost/cost_cell.hpp"

#include "core/data/in_precision.hpp"
#include "core/metrics/metrics.hpp"
#include "experiments/measure/measure_layer.hpp"
#include "experiments/process/clocks.hpp"
#include "experiments/process/peak_memory.hpp"
#include "experiments/task/layer_content.hpp"

namespace pathquant {
namespace {

// Quantizing is repeated until there are so many times and they have come to so much, but no more often than that.
constexpr std::size_t fewest_times = 3;
constexpr std::size_t most_times = 999;
constexpr double enough_seconds = 0.02;

// X, Xq and W of one trial. Every problem made of them is a new one, for which nothing has been computed yet.
template <class S>
struct Layer {
  DrawnInputs<S> inputs;
  RowMatrix<S> weights;

  LayerProblem<S> problem() && { return {std::move(inputs.first), std::move(inputs.second), std::move(weights)}; }
  LayerProblem<S> problem() const& { return Layer(*this).problem(); }
};

class CostCell final : public SetupCell<LayerSetup> {
 public:
  using SetupCell::SetupCell;

  // Memory is that of a process, so no other task may run in it.
  bool isolated() const override { return true; }
  // No two measurements of time are equal.
  bool random() const override { return true; }

  // Once for the error, once for the memory, and for the time.
  double cost() const override {
    return (2 + fewest_times) * setup().quantizer->cost(setup().shape(), setup().mismatch()) +
           3 * measuring_cost(setup().shape(), 0);
  }

  bool may_differ() const override { return true; }

  // Nothing is taken from the cache: what is computed once for X is part of what is measured.
  nlohmann::json measure(TaskContext& context) const override {
    return single_layer_content(setup().precision == Precision::float32 ? run_as<float>(context)
                                                                        : run_as<double>(context));
  }

 private:
  template <class S>
  nlohmann::json run_as(const TaskContext& context) const {
    const ExecutionContext& execution = context.execution;
    const LayerKey key = setup().key(context.trial);
    Layer<S> layer{setup().inputs.draw<S>(key.inputs(), execution),
                   in_precision<S>(setup().weights->draw(key.weights(), setup().inputs.width, setup().neurons), "W",
                                   FileOrder::transposed)};
    MeasuredLayer<S> measured =
        measure_layer<S>({*setup().quantizer, setup().alphabet.get()}, layer.problem(), key,
                         {.direction = setup().inputs.key(setup().seed, context.trial)}, execution);
    nlohmann::json record = std::move(measured.judgement.record);
    // A memoryless quantizer needs no X, so nothing is looked at there.
    if (!setup().quantizer->traits().uses_inputs) layer.inputs = {Matrix<S>(0, setup().inputs.width), std::nullopt};
    const auto quantize = [&](const LayerProblem<S>& problem) {
      return setup().quantizer->quantize(problem, measured.alphabet, Stream(key.decisions()), execution);
    };
    add_time(time_of(layer, quantize), record);
    const auto memory = peak_memory([&] { quantize(std::move(layer).problem()); }, execution);
    record["memory"] = memory ? nlohmann::json(*memory) : nlohmann::json(nullptr);
    return {{"record", std::move(record)}};
  }

  // CPU seconds of each repetition, from X, Xq and W to Q.
  template <class S, class Quantize>
  static std::vector<double> time_of(const Layer<S>& layer, const Quantize& quantize) {
    std::vector<double> times;
    for (double sum = 0; times.size() < fewest_times || (sum < enough_seconds && times.size() < most_times);) {
      Layer<S> copy = layer;
      const double start = thread_seconds();
      const LayerProblem<S> problem = std::move(copy).problem();
      const QuantizedLayer<S> result = quantize(problem);
      times.push_back(thread_seconds() - start);
      sum += times.back();
    }
    return times;
  }

  void add_time(const std::vector<double>& times, nlohmann::json& record) const {
    const LayerShape shape = setup().shape();
    const double weights = static_cast<double>(shape.width) * static_cast<double>(shape.neurons);
    const double seconds = median(times);
    record["repetitions"] = times.size();
    record["weights"] = shape.width * shape.neurons;
    record["cpu_seconds"] = seconds;
    record["nanoseconds_per_weight"] = 1e9 * seconds / weights;
    record["nanoseconds_per_weight_sample"] = 1e9 * seconds / weights / static_cast<double>(shape.samples);
  }
};

}  // namespace

std::shared_ptr<const Cell> make_cost_cell(LayerSetup setup) {
  return std::make_shared<CostCell>(std::move(setup));
}

}  // namespace pathquant
