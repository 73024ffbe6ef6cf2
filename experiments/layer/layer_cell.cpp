#include "experiments/layer/layer_cell.hpp"

#include <fmt/format.h>

#include <cmath>

#include "experiments/hash.hpp"
#include "experiments/json_text.hpp"
#include "experiments/layer/evaluation.hpp"

namespace pathquant {
namespace {

std::string short_id(const nlohmann::json& identity) {
  return sha256_hex(canonical_json(identity)).substr(0, 32);
}

std::string stream_key(std::uint64_t seed, std::int64_t trial) {
  return fmt::format("seed={}/trial={}", seed, trial);
}

// S depends on Xq and the order of its columns alone, so it is computed once for all quantizers, alphabets and weights
// of a sweep. It stays in double precision on the inputs as the quantizer's precision has them.
class PathCovarianceOfInputs final : public Computation {
 public:
  PathCovarianceOfInputs(std::uint64_t seed, Precision precision, LayerInputs inputs, FeatureOrder order)
      : seed_(seed), precision_(precision), inputs_(std::move(inputs)), order_(order) {
    nlohmann::json identity = {{"schema", results_schema},
                               {"statistic", "path_covariance/2"},
                               {"seed", std::to_string(seed_)},
                               {"precision", precision_ == Precision::float32 ? "float32" : "float64"},
                               {"inputs", inputs_.identity}};
    if (order_ == FeatureOrder::decreasing_norm) identity["order"] = "decreasing_norm";
    id_ = short_id(identity);
  }

  const std::string& id() const override { return id_; }
  bool random() const override { return inputs_.random(); }
  double cost() const override { return path_covariance_cost({inputs_.samples, inputs_.width, 1}); }

  nlohmann::json run(std::int64_t trial, const Interrupt& interrupt) const override {
    auto [inputs, quantized] = inputs_.draw(stream_key(seed_, trial), interrupt);
    Matrix<double>& xq = quantized ? *quantized : inputs;
    if (order_ != FeatureOrder::natural)
      xq = precision_ == Precision::float32 ? arranged<float>(xq) : arranged<double>(xq);
    else if (precision_ == Precision::float32)
      xq = xq.cast<float>().cast<double>().eval();
    return to_json(path_covariance(xq, interrupt));
  }

 private:
  // In the order that a quantizer of this precision takes.
  template <class S>
  Matrix<double> arranged(const Matrix<double>& xq) const {
    return visited_columns(order_, LayerProblem<S>(xq.cast<S>(), std::nullopt, RowMatrix<S>::Zero(xq.cols(), 1)));
  }

  std::uint64_t seed_;
  Precision precision_;
  LayerInputs inputs_;
  FeatureOrder order_;
  std::string id_;
};

class LayerCell final : public Cell {
 public:
  explicit LayerCell(LayerSetup setup)
      : setup_(std::move(setup)),
        id_(short_id(setup_.identity)),
        path_(std::make_shared<PathCovarianceOfInputs>(setup_.seed, setup_.precision, setup_.inputs,
                                                       setup_.quantizer->traits().order)) {}

  const std::string& id() const override { return id_; }
  const std::vector<std::pair<std::string, nlohmann::ordered_json>>& columns() const override { return setup_.columns; }
  bool random() const override {
    return setup_.inputs.random() || setup_.weights->random() || setup_.quantizer->traits().random;
  }

  double cost() const override {
    const LayerShape shape = setup_.shape();
    const double inputs = static_cast<double>(shape.samples) * static_cast<double>(shape.width);
    // Drawing a number costs about as much as thirty multiply-adds; the metrics take two products.
    return quantizer_cost() + inputs * (30 + 2 * static_cast<double>(shape.neurons));
  }

  nlohmann::json run(std::int64_t trial, const Interrupt& interrupt) const override {
    return setup_.precision == Precision::float32 ? run_as<float>(trial, interrupt) : run_as<double>(trial, interrupt);
  }

  std::vector<std::shared_ptr<const Computation>> statistics(const LineSelection& selection) const override {
    for (const LineEntry* line : Registry<LineEntry>::instance().all())
      if ((line->needs_path_covariance || line->improved_by_path_covariance) &&
          selection.wants(line->description.name) && line->concerns(setup_.quantizer->traits()) &&
          affords(*line, selection, path_->cost(), quantizer_cost()))
        return {path_};
    return {};
  }

  std::vector<LineRow> lines(const LineSelection& selection, double probability, const nlohmann::json& content,
                             const ContentLookup& lookup) const override {
    LayerFacts facts = stored_facts(content, setup_.shape(), setup_.inputs.mismatch > 0, setup_.inputs.column_law(),
                                    setup_.quantizer->traits());
    facts.weight_sigma = setup_.weights->gaussian_sigma();
    facts.weight_law = setup_.weights->entry_law();
    if (const auto stored = lookup(*path_)) facts.statistics.path = path_covariance_from(*stored);
    return layer_lines(facts, selection, probability, content.at("record").at("signal_energy"), quantizer_cost(),
                       setup_.precision == Precision::float32 ? 0x1p-24 : 0x1p-53);
  }

 private:
  double quantizer_cost() const { return setup_.quantizer->cost(setup_.shape(), setup_.inputs.mismatch > 0); }

  template <class S>
  nlohmann::json run_as(std::int64_t trial, const Interrupt& interrupt) const {
    // The layer's index stands in the keys of weights and decisions: draws must differ between the layers of a network.
    const std::string key = stream_key(setup_.seed, trial);
    auto [inputs, quantized] = setup_.inputs.draw(key, interrupt);
    std::optional<Matrix<S>> quantized_inputs;
    if (quantized) quantized_inputs = quantized->cast<S>();
    const LayerProblem<S> problem(
        inputs.cast<S>(), std::move(quantized_inputs),
        setup_.weights->draw(key + "/layer=0", setup_.inputs.width, setup_.neurons).cast<S>());
    Alphabet alphabet;
    if (setup_.alphabet)
      alphabet = in_precision<S>(setup_.alphabet->resolve(problem.weights().template cast<double>()));
    const Stream decisions(key + "/layer=0/decision");
    const QuantizedLayer<S> result = setup_.quantizer->quantize(problem, alphabet, decisions, interrupt);
    return evaluate(problem, setup_.quantizer->traits(), alphabet, result, interrupt);
  }

  LayerSetup setup_;
  std::string id_;
  std::shared_ptr<const PathCovarianceOfInputs> path_;
};

}  // namespace

ColumnLaw LayerInputs::column_law() const {
  ColumnLaw columns = law->column_law();
  if (mismatch > 0) {
    // The noise is Gaussian, so nothing stays bounded; it is as symmetric as any law and adds its variance.
    columns.ball_radius.reset();
    columns.norm_bound.reset();
    columns.entry_bound.reset();
    if (columns.entry_second_moment) *columns.entry_second_moment += mismatch * mismatch;
    if (columns.gaussian_sigma) columns.gaussian_sigma = std::hypot(*columns.gaussian_sigma, mismatch);
  }
  return columns;
}

std::pair<Matrix<double>, std::optional<Matrix<double>>> LayerInputs::draw(const std::string& key,
                                                                           const Interrupt& interrupt) const {
  constexpr Index block = 64;
  Matrix<double> inputs(samples, width);
  const auto source = law->open(key, samples, width);
  for (Index first = 0; first < width; first += block) {
    interrupt.poll();
    source->columns(first, std::min(block, width - first), inputs.col(first).data());
  }
  if (mismatch == 0) return {std::move(inputs), std::nullopt};
  const Stream noise(key + "/mismatch");
  Matrix<double> quantized(samples, width);
  for (Index t = 0; t < width; ++t) {
    interrupt.poll();
    noise.normals(t, 0, samples, quantized.col(t).data());
    quantized.col(t) = inputs.col(t) + mismatch * quantized.col(t);
  }
  return {std::move(inputs), std::move(quantized)};
}

std::shared_ptr<const Cell> make_layer_cell(LayerSetup setup) {
  return std::make_shared<LayerCell>(std::move(setup));
}

}  // namespace pathquant
