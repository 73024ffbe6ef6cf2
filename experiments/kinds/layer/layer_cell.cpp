#include "experiments/kinds/layer/layer_cell.hpp"

#include "core/data/in_precision.hpp"
#include "core/facts/error_budget.hpp"
#include "core/facts/row_space.hpp"
#include "core/metrics/metrics.hpp"
#include "experiments/measure/input_statistics.hpp"
#include "experiments/measure/layer_bounds.hpp"
#include "experiments/measure/measure_layer.hpp"
#include "experiments/measure/stored_facts.hpp"
#include "experiments/measure/streamed_layer.hpp"
#include "experiments/task/layer_content.hpp"

namespace pathquant {
namespace {

class LayerCell final : public SetupCell<LayerSetup> {
 public:
  explicit LayerCell(LayerSetup given) : SetupCell(std::move(given)) {
    weights_name_ = canonical_json(setup().identity.at("weights"));
    const PermutedInputs inputs{setup().seed, setup().precision, setup().inputs, setup().quantizer->traits().order};
    path_ = path_covariance_of(inputs);
    growth_ = path_growth_of(inputs);
    spread_ = fresh_spread_of(inputs);
    costs_ = {path_->cost(), growth_ ? growth_->cost() : 0, spread_ ? spread_->cost() : 0};
  }

  bool random() const override {
    return setup().inputs.random() || setup().inputs.fresh_random() || setup().weights->random() ||
           setup().quantizer->traits().random || setup().extra.row_space_error;
  }

  double cost() const override {
    const LayerShape shape = setup().shape();
    return quantizer_cost() + measuring_cost(shape, setup().inputs.fresh) +
           (setup().extra.error_budget ? error_budget_cost(shape) : 0) +
           (setup().extra.row_space_error ? row_space_cost(shape) : 0);
  }

  std::string shares(std::int64_t trial) const override {
    return setup().inputs.cache_key(setup().precision, setup().seed, trial);
  }

  nlohmann::json measure(TaskContext& context) const override {
    return single_layer_content(setup().precision == Precision::float32 ? run_as<float>(context)
                                                                        : run_as<double>(context));
  }

  std::vector<std::shared_ptr<const Computation>> statistics(const BoundSelection& selection) const override {
    bool path = false;
    bool growth = false;
    bool spread = false;
    for (const BoundEntry* bound : Registry<BoundEntry>::instance().all()) {
      if (!selection.wants(bound->description.name) || !bound->concerns(setup().quantizer->traits()) ||
          !affords(*bound, selection, costs_, quantizer_cost()))
        continue;
      path = path || bound->needs_path_covariance || bound->improved_by_path_covariance;
      growth = growth || bound->needs_path_growth;
      spread = spread || (bound->needs_fresh_spread && spread_);
    }
    std::vector<std::shared_ptr<const Computation>> needed;
    if (path) needed.push_back(path_);
    if (growth && growth_) needed.push_back(growth_);
    if (spread) needed.push_back(spread_);
    return needed;
  }

  std::vector<BoundRow> bounds(const BoundSelection& selection, double probability, const nlohmann::json& layer,
                               const ContentLookup& lookup) const override {
    LayerFacts facts = stored_facts(layer, setup().shape(), setup().mismatch(), setup().inputs.column_law(),
                                    setup().quantizer->traits());
    facts.weight_sigma = setup().weights->gaussian_sigma();
    facts.weight_law = setup().weights->entry_law();
    if (setup().inputs.fresh > 0) facts.fresh.rows = setup().inputs.fresh;
    if (const auto stored = lookup(*path_)) facts.statistics.path = read_fields<PathCovariance>(*stored);
    if (growth_)
      if (const auto stored = lookup(*growth_)) facts.statistics.growth = read_fields<PathGrowth>(*stored);
    if (spread_)
      if (const auto stored = lookup(*spread_)) facts.fresh.spread = read_fields<FreshSpread>(*stored);
    return layer_bounds(facts, selection, probability, layer.at("record"), costs_, quantizer_cost(),
                        unit_roundoff(setup().precision));
  }

 private:
  double quantizer_cost() const {
    const double levels = setup().alphabet && setup().alphabet->no_clip_probability() ? growth_->cost() : 0;
    return setup().quantizer->cost(setup().shape(), setup().mismatch()) + levels;
  }

  template <class S>
  nlohmann::json run_as(const TaskContext& context) const {
    const ExecutionContext& execution = context.execution;
    const LayerKey key = setup().key(context.trial);
    if (setup().inputs.streamed())
      return setup().inputs.files.unchanged_during([&] { return run_streamed<S>(setup(), context.trial, execution); });
    const auto shared = setup().inputs.shared<S>(setup().seed, context.trial, execution, context.cache);
    // What is kept for other tasks is kept under W's name, so that W must be right before.
    RowMatrix<S> w = setup().files.unchanged_during([&] {
      return in_precision<S>(setup().weights->draw(key.weights(), setup().inputs.width, setup().neurons), "W",
                             FileOrder::transposed);
    });
    const LayerProblem<S> problem(shared->pair, std::move(w));
    MeasureOptions<S> options{.extra = setup().extra,
                              .signal = shared->signal_energies(weights_name_ + key.weights(), problem, execution),
                              .direction = setup().inputs.key(setup().seed, context.trial)};
    if (setup().inputs.fresh > 0) {
      auto [fresh, quantized_fresh] = setup().inputs.draw_fresh<S>(key.inputs(), execution);
      options.fresh = {std::move(fresh), std::move(quantized_fresh), setup().inputs.fresh_moment(key.inputs())};
    }
    return measure_layer<S>({*setup().quantizer, setup().alphabet.get()}, problem, key, options, execution)
        .judgement.json();
  }

  std::string weights_name_;
  std::shared_ptr<const Computation> path_, growth_, spread_;  // the last two may be absent
  StatisticCosts costs_;
};

}  // namespace

std::shared_ptr<const Cell> make_layer_cell(LayerSetup setup) {
  return std::make_shared<LayerCell>(std::move(setup));
}

}  // namespace pathquant
