#include "experiments/kinds/cost/cost_cell.hpp"

#include "core/metrics/metrics.hpp"
#include "core/quantizers/layer_alphabet.hpp"
#include "experiments/hash.hpp"
#include "experiments/json_text.hpp"
#include "experiments/process/clocks.hpp"
#include "experiments/process/peak_memory.hpp"

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

class CostCell final : public Cell {
 public:
  explicit CostCell(LayerSetup setup)
      : setup_(std::move(setup)), id_(sha256_hex(canonical_json(setup_.identity)).substr(0, 32)) {}

  const std::string& id() const override { return id_; }
  const std::vector<std::pair<std::string, nlohmann::ordered_json>>& columns() const override { return setup_.columns; }
  std::string untrusted() const override { return setup_.untrusted; }
  // Memory is that of a process, so no other task may run in it.
  bool isolated() const override { return true; }
  // No two measurements of time are equal.
  bool random() const override { return true; }

  double cost() const override {
    const LayerShape shape = setup_.shape();
    const double inputs = static_cast<double>(shape.samples) * static_cast<double>(shape.width);
    // Once for the error, once for the memory, and for the time; the metrics take two products.
    return (2 + fewest_times) * setup_.quantizer->cost(shape, setup_.inputs.mismatch > 0) +
           inputs * (30 + 2 * static_cast<double>(shape.neurons));
  }

  // Nothing is taken from the cache: what is computed once for X is part of what is measured.
  nlohmann::json run(TaskContext& context) const override {
    return setup_.precision == Precision::float32 ? run_as<float>(context.trial, context.execution)
                                                  : run_as<double>(context.trial, context.execution);
  }

 private:
  template <class S>
  nlohmann::json run_as(std::int64_t trial, const ExecutionContext& execution) const {
    const std::string key = stream_key(setup_.seed, trial);
    Layer<S> layer{setup_.inputs.draw<S>(key, execution),
                   setup_.weights->draw(key + "/layer=0", setup_.inputs.width, setup_.neurons).cast<S>()};
    const Stream decisions(key + "/layer=0/decision");
    Alphabet alphabet;
    nlohmann::json record;
    {
      const LayerProblem<S> problem = layer.problem();
      if (setup_.alphabet) alphabet = layer_alphabet(*setup_.alphabet, *setup_.quantizer, problem, execution);
      const QuantizedLayer<S> result = setup_.quantizer->quantize(problem, alphabet, decisions, execution);
      const Measuring<S> measuring{key, inputs_key(setup_.inputs, setup_.seed, trial),
                                   signal_energies(problem, execution)};
      record = evaluate(problem, setup_.quantizer->traits(), alphabet, result, measuring, execution).at("record");
    }
    // A memoryless quantizer needs no X, so nothing is looked at there.
    if (!setup_.quantizer->traits().uses_inputs) layer.inputs = {Matrix<S>(0, setup_.inputs.width), std::nullopt};
    const auto quantize = [&](const LayerProblem<S>& problem) {
      return setup_.quantizer->quantize(problem, alphabet, decisions, execution);
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
    const LayerShape shape = setup_.shape();
    const double weights = static_cast<double>(shape.width) * static_cast<double>(shape.neurons);
    const double seconds = median(times);
    record["repetitions"] = times.size();
    record["weights"] = shape.width * shape.neurons;
    record["cpu_seconds"] = seconds;
    record["nanoseconds_per_weight"] = 1e9 * seconds / weights;
    record["nanoseconds_per_weight_sample"] = 1e9 * seconds / weights / static_cast<double>(shape.samples);
  }

  LayerSetup setup_;
  std::string id_;
};

}  // namespace

std::shared_ptr<const Cell> make_cost_cell(LayerSetup setup) {
  return std::make_shared<CostCell>(std::move(setup));
}

}  // namespace pathquant
