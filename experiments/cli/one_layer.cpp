#include "experiments/cli/one_layer.hpp"

#include <fmt/format.h>

#include "core/data/in_precision.hpp"
#include "core/facts/random_direction.hpp"
#include "core/quantizers/layer_alphabet.hpp"
#include "core/quantizers/validated.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/config/cell_values.hpp"
#include "experiments/measure/layer_bounds.hpp"
#include "experiments/measure/stored_facts.hpp"
#include "experiments/provenance.hpp"
#include "experiments/results/table.hpp"

namespace pathquant::cli {
namespace {

// The settings that are not the quantizer's own.
const ParameterTable& general_parameters() {
  static const ParameterTable table = {
      word("precision", {"float32", "float64"}, "of the arithmetic and of Q; default: the type of W"),
      integer("seed", "of random rounding").at_least(0).defaults_to(std::int64_t{0}),
      integer("layer", "index in the network: the draws of two layers must differ")
          .at_least(0)
          .defaults_to(std::int64_t{0}),
      real("probability", "at which probabilistic lines are evaluated").above(0).at_most(1 - 1e-15).defaults_to(0.99)};
  return table;
}

nlohmann::ordered_json bound_json(const BoundRow& line, const nlohmann::json& record) {
  nlohmann::ordered_json row;
  row["bound"] = line.name;
  row["kind"] = to_text(line.kind);
  row["metric"] = line.metric;
  row["value"] = line.value ? nlohmann::ordered_json(*line.value) : nlohmann::ordered_json(nullptr);
  row["probability"] = line.probability ? nlohmann::ordered_json(*line.probability) : nlohmann::ordered_json(nullptr);
  row["applies"] = line.value.has_value();
  row["reason"] = line.value ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(line.reason);
  row["measured"] = line.value ? nlohmann::ordered_json(record.at(line.metric)) : nlohmann::ordered_json(nullptr);
  return row;
}

}  // namespace

LayerFiles::LayerFiles(std::filesystem::path weights, std::optional<std::filesystem::path> inputs,
                       std::optional<std::filesystem::path> quantized_inputs)
    : weights_file_(std::move(weights)),
      inputs_file_(std::move(inputs)),
      quantized_inputs_file_(std::move(quantized_inputs)) {}

const NpyArray<RowMatrix<double>>& LayerFiles::weights() {
  if (!weights_) weights_ = read_npy_weights(weights_file_);
  return *weights_;
}

const std::optional<Matrix<double>>& LayerFiles::inputs() {
  if (!inputs_ && inputs_file_) inputs_ = read_npy_inputs(*inputs_file_).values;
  return inputs_;
}

const std::optional<Matrix<double>>& LayerFiles::quantized_inputs() {
  if (!quantized_inputs_ && quantized_inputs_file_) quantized_inputs_ = read_npy_inputs(*quantized_inputs_file_).values;
  return quantized_inputs_;
}

template <class S>
LayerProblem<S> LayerFiles::problem() {
  const RowMatrix<double>& weights = this->weights().values;
  if (quantized_inputs() && !inputs()) throw UsageError("--quantized-inputs goes with --inputs");
  RowMatrix<S> w = in_precision<S>(weights, weights_file_, FileOrder::transposed);
  if (!inputs()) return LayerProblem<S>(std::move(w));
  std::optional<Matrix<S>> xq;
  if (quantized_inputs()) xq = in_precision<S>(*quantized_inputs(), *quantized_inputs_file_);
  return LayerProblem<S>(in_precision<S>(*inputs(), *inputs_file_), std::move(xq), std::move(w));
}

LayerKey NamedQuantizer::key() const {
  return {static_cast<std::uint64_t>(general.integer("seed")), 0, general.integer("layer")};
}

NamedQuantizer read_quantizer(const std::optional<std::string>& name, const std::vector<Override>& given,
                              LayerFiles& files) {
  Node cell;
  cell.kind = Node::Kind::mapping;
  if (name) {
    Node node;
    node.kind = Node::Kind::scalar;
    node.at = {"command line: --quantizer"};
    node.value = *name;
    assign(cell, "quantizer.name", node);
  }
  std::map<std::string, Value> general;
  Diagnostics diagnostics;
  for (const Override& change : given) {
    const Node value = parse_command_line_value(change.value, "command line: " + change.path);
    const bool is_general = find(general_parameters(), change.path) != nullptr;
    if (is_general && value.kind == Node::Kind::scalar)
      general[change.path] = value.value;
    else if (is_general)
      diagnostics.push_back({value.at, "takes one value"});
    else if (name)
      assign(cell, change.path.starts_with("quantizer.") ? change.path : "quantizer." + change.path, value);
    else
      diagnostics.push_back({value.at, "is a quantizer's: name it with --quantizer"});
  }

  NamedQuantizer named;
  std::optional<Section> section;
  if (name)
    section = read_section(cell, "quantizer", {{"name", Registry<QuantizerEntry>::instance().names()}}, diagnostics);
  CellValues values(diagnostics);
  try {
    named.general = Parameters(general_parameters(), general);
    if (section) {
      named.entry = Registry<QuantizerEntry>::instance().find(section->name);
      values.add(*section, named.entry->description.parameters, {});
      values.provide("width", [&]() -> CellValues::Size { return files.weights().values.rows(); });
      values.provide("neurons", [&]() -> CellValues::Size { return files.weights().values.cols(); });
      values.provide("samples", [&]() -> CellValues::Size { return files.inputs() ? files.inputs()->rows() : 0; });
      named.parameters = values.resolve(*section, named.entry->description.parameters);
      named.quantizer = make_quantizer(*named.entry, named.parameters);
      if (!named.quantizer->traits().own_levels) {
        named.alphabet.emplace(named.parameters);
        check_levels_rule(*named.alphabet, named.quantizer->traits());
      }
    }
  } catch (const CellValues::Invalid&) {
    // Said below.
  } catch (const std::invalid_argument& error) {
    diagnostics.push_back(diagnostic_at("command line", error.what()));
  }
  if (!diagnostics.empty()) throw ConfigError(std::move(diagnostics));
  return named;
}

template <class S>
LayerQ<S> quantized(const NamedQuantizer& named, const LayerProblem<S>& problem) {
  if (named.quantizer->traits().uses_inputs && problem.shape().samples == 0)
    throw UsageError(fmt::format("{} needs the layer's inputs: give --inputs X.npy", named.entry->description.name));
  const LayerMethod method{*named.quantizer, named.alphabet ? &*named.alphabet : nullptr};
  return quantize_layer(method, problem, named.key(), ExecutionContext());
}

bool is_float32(const NamedQuantizer& named, LayerFiles& files) {
  return named.general.has("precision") ? named.general.word("precision") == "float32"
                                        : files.weights().type == NpyType::float32;
}

template <class S>
nlohmann::ordered_json judged(const LayerProblem<S>& problem, const QuantizerTraits& traits, const LayerQ<S>& quantized,
                              double quantizer_cost, const NamedQuantizer& named) {
  const ExecutionContext never;
  const nlohmann::json layer =
      judge_layer<S>(problem, traits, quantized, named.key(), {.extra = {.max_abs_error = true}}, never).json();
  const nlohmann::json& record = layer.at("record");
  nlohmann::ordered_json report;
  if (named.entry != nullptr) {
    report["quantizer_name"] = named.entry->description.name;
    for (const auto& [name, value] : named.parameters.values())
      report["quantizer_" + name] = std::visit([](const auto& v) { return nlohmann::ordered_json(v); }, value);
  }
  report["precision"] = std::is_same_v<S, float> ? "float32" : "float64";
  report["seed"] = std::to_string(named.general.integer("seed"));
  const LayerShape shape = problem.shape();
  report["width"] = shape.width;
  report["samples"] = shape.samples;
  report["neurons"] = shape.neurons;
  for (const auto& [name, value] : record.items()) report[name] = value;
  report["bounds"] = nlohmann::ordered_json::array();
  report["version"] = build_provenance().version;
  if (shape.samples == 0) return report;

  LayerFacts facts = stored_facts(layer, shape, problem.has_mismatch(), ColumnDistribution{}, traits);
  const StatisticCosts costs{path_covariance_cost(shape), path_growth_cost(shape), 0};
  if (traits.path_following && costs.path_covariance <= quantizer_cost)
    facts.statistics.path = path_covariance(permuted_columns(traits.order, problem), never,
                                            random_direction(named.key().direction(), shape.samples));
  if (traits.path_following && costs.path_growth <= quantizer_cost)
    facts.statistics.growth = path_growth(permuted_columns(traits.order, problem), never);
  for (const BoundRow& line : layer_bounds(facts, {}, named.general.real("probability"), record, costs, quantizer_cost,
                                           std::is_same_v<S, float> ? 0x1p-24 : 0x1p-53))
    if (line.kind != BoundKind::decay) report["bounds"].push_back(bound_json(line, record));
  return report;
}

void print_judgement(const nlohmann::ordered_json& report) {
  Table measured({"measured", "value"});
  for (const char* name :
       {"relative_error", "relative_squared_error", "median_neuron_error", "max_abs_error",
        "weight_relative_squared_error", "levels", "bits", "step", "clipped", "sparsity", "packed_bits_per_weight"})
    if (report.contains(name) && !report[name].is_null())
      measured.add({name, fmt::format("{:.6g}", report[name].get<double>())});
  fmt::print("{}", measured.text());
  Table lines({"line", "kind", "about", "value"});
  bool any = false;
  for (const auto& row : report["bounds"]) {
    if (!row["applies"].get<bool>()) continue;
    any = true;
    lines.add({row["bound"], row["kind"], row["metric"], fmt::format("{:.6g}", row["value"].get<double>())});
  }
  if (any) fmt::print("\n{}", lines.text());
}

template LayerProblem<float> LayerFiles::problem();
template LayerProblem<double> LayerFiles::problem();
template LayerQ<float> quantized(const NamedQuantizer&, const LayerProblem<float>&);
template LayerQ<double> quantized(const NamedQuantizer&, const LayerProblem<double>&);
template nlohmann::ordered_json judged(const LayerProblem<float>&, const QuantizerTraits&, const LayerQ<float>&, double,
                                       const NamedQuantizer&);
template nlohmann::ordered_json judged(const LayerProblem<double>&, const QuantizerTraits&, const LayerQ<double>&,
                                       double, const NamedQuantizer&);

}  // namespace pathquant::cli
