#include "experiments/kinds/layer/layer_cell.hpp"

#include "core/facts/row_space.hpp"
#include "core/quantizers/layer_alphabet.hpp"
#include "experiments/hash.hpp"
#include "experiments/json_text.hpp"
#include "experiments/measure/input_statistics.hpp"
#include "experiments/measure/layer_lines.hpp"
#include "experiments/measure/stored_facts.hpp"
#include "experiments/measure/streamed_layer.hpp"

namespace pathquant {
namespace {

class LayerCell final : public Cell {
 public:
  explicit LayerCell(LayerSetup setup)
      : setup_(std::move(setup)),
        id_(sha256_hex(canonical_json(setup_.identity)).substr(0, 32)),
        weights_name_(canonical_json(setup_.identity.at("weights"))) {
    const PermutedInputs visited{setup_.seed, setup_.precision, setup_.inputs, setup_.quantizer->traits().order};
    path_ = path_covariance_of(visited);
    growth_ = path_growth_of(visited);
    spread_ = fresh_spread_of(visited);
    costs_ = {path_->cost(), growth_ ? growth_->cost() : 0, spread_ ? spread_->cost() : 0};
  }

  const std::string& id() const override { return id_; }
  const std::vector<std::pair<std::string, nlohmann::ordered_json>>& columns() const override { return setup_.columns; }
  std::string untrusted() const override { return setup_.untrusted; }
  bool random() const override {
    return setup_.inputs.random() || setup_.inputs.fresh_random() || setup_.weights->random() ||
           setup_.quantizer->traits().random || setup_.extra.row_space_error;
  }

  double cost() const override {
    const LayerShape shape = setup_.shape();
    const double inputs = static_cast<double>(shape.samples) * static_cast<double>(shape.width);
    const double fresh = static_cast<double>(setup_.inputs.fresh) * static_cast<double>(shape.width);
    const auto neurons = static_cast<double>(shape.neurons);
    // Drawing a number costs about as much as ten multiply-adds; the metrics take two products.
    return quantizer_cost() + (inputs + fresh) * (10 + 2 * neurons) +
           (setup_.extra.error_budget ? 9 * inputs * neurons : 0) +
           (setup_.extra.row_space_error ? row_space_cost(shape) : 0);
  }

  std::string shares(std::int64_t trial) const override {
    return setup_.inputs.cache_key(setup_.precision, setup_.seed, trial);
  }

  nlohmann::json run(TaskContext& context) const override {
    return setup_.precision == Precision::float32 ? run_as<float>(context.trial, context.execution, context.cache)
                                                  : run_as<double>(context.trial, context.execution, context.cache);
  }

  std::vector<std::shared_ptr<const Computation>> statistics(const BoundSelection& selection) const override {
    bool path = false;
    bool growth = false;
    bool spread = false;
    for (const BoundEntry* line : Registry<BoundEntry>::instance().all()) {
      if (!selection.wants(line->description.name) || !line->concerns(setup_.quantizer->traits()) ||
          !affords(*line, selection, costs_, quantizer_cost()))
        continue;
      path = path || line->needs_path_covariance || line->improved_by_path_covariance;
      growth = growth || line->needs_path_growth;
      spread = spread || (line->needs_fresh_spread && spread_);
    }
    std::vector<std::shared_ptr<const Computation>> needed;
    if (path) needed.push_back(path_);
    if (growth && growth_) needed.push_back(growth_);
    if (spread) needed.push_back(spread_);
    return needed;
  }

  std::vector<BoundRow> lines(const BoundSelection& selection, double probability, const nlohmann::json& content,
                              const ContentLookup& lookup) const override {
    LayerFacts facts = stored_facts(content, setup_.shape(), setup_.inputs.mismatch > 0, setup_.inputs.column_law(),
                                    setup_.quantizer->traits());
    facts.weight_sigma = setup_.weights->gaussian_sigma();
    facts.weight_law = setup_.weights->entry_law();
    if (const auto stored = lookup(*path_)) facts.statistics.path = path_covariance_from(*stored);
    if (growth_)
      if (const auto stored = lookup(*growth_)) facts.statistics.growth = path_growth_from(*stored);
    if (spread_)
      if (const auto stored = lookup(*spread_)) facts.fresh.spread = fresh_spread_from(*stored);
    return layer_lines(facts, selection, probability, content.at("record"), costs_, quantizer_cost(),
                       setup_.precision == Precision::float32 ? 0x1p-24 : 0x1p-53);
  }

 private:
  double quantizer_cost() const {
    const double levels = setup_.alphabet && setup_.alphabet->no_clip_probability() ? growth_->cost() : 0;
    return setup_.quantizer->cost(setup_.shape(), setup_.inputs.mismatch > 0) + levels;
  }

  template <class S>
  nlohmann::json run_as(std::int64_t trial, const ExecutionContext& execution, TaskCache& cache) const {
    // The layer's index stands in the keys of weights and decisions: draws must differ between the layers of a network.
    const std::string key = stream_key(setup_.seed, trial);
    if (setup_.inputs.streamed()) return run_streamed<S>(setup_, trial, execution);
    const auto shared = setup_.inputs.shared<S>(setup_.seed, trial, execution, cache);
    const LayerProblem<S> problem(
        shared->pair, setup_.weights->draw(key + "/layer=0", setup_.inputs.width, setup_.neurons).cast<S>());
    Alphabet alphabet;
    if (setup_.alphabet) alphabet = layer_alphabet(*setup_.alphabet, *setup_.quantizer, problem, execution);
    const Stream decisions(key + "/layer=0/decision");
    const QuantizedLayer<S> result = setup_.quantizer->quantize(problem, alphabet, decisions, execution);
    Measuring<S> measuring{key, inputs_key(setup_.inputs, setup_.seed, trial),
                           shared->signal_energies(weights_name_ + key, problem, execution), setup_.extra};
    if (setup_.inputs.fresh > 0) {
      auto [fresh, quantized_fresh] = setup_.inputs.draw_fresh<S>(key, execution);
      measuring.fresh = {std::move(fresh), std::move(quantized_fresh), setup_.inputs.fresh_moment(key)};
    }
    return evaluate(problem, setup_.quantizer->traits(), alphabet, result, measuring, execution);
  }

  LayerSetup setup_;
  std::string id_;
  std::string weights_name_;
  std::shared_ptr<const Computation> path_, growth_, spread_;  // the last two may be absent
  StatisticCosts costs_;
};

}  // namespace

std::shared_ptr<const Cell> make_layer_cell(LayerSetup setup) {
  return std::make_shared<LayerCell>(std::move(setup));
}

}  // namespace pathquant
