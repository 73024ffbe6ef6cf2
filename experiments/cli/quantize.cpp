// `quantize`: one layer from NPY files.
#include <fmt/format.h>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/data/data_error.hpp"
#include "core/data/npy.hpp"
#include "core/data/packed_file.hpp"
#include "core/quantizers/layer_alphabet.hpp"
#include "core/statistics/random_direction.hpp"
#include "experiments/cli/commands.hpp"
#include "experiments/config/cell_values.hpp"
#include "experiments/config/config.hpp"
#include "experiments/json_text.hpp"
#include "experiments/layer/evaluation.hpp"
#include "experiments/layer/layer_inputs.hpp"
#include "experiments/layer/layer_lines.hpp"
#include "experiments/layer/stored_facts.hpp"
#include "experiments/provenance.hpp"
#include "experiments/results/table.hpp"
#include "experiments/store/atomic_file.hpp"

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

struct Request {
  const QuantizerEntry* entry = nullptr;
  std::shared_ptr<const Quantizer> quantizer;
  std::optional<AlphabetRule> alphabet;  // none where the quantizer finds its levels itself
  Parameters general;
  Parameters parameters;
};

// What the user's files hold, each read when it is first asked for: a wrong word is told without them.
class LayerFiles {
 public:
  explicit LayerFiles(const QuantizeArguments& arguments) : arguments_(arguments) {}

  NpyArray<RowMatrix<double>>& weights() {
    if (!weights_) weights_ = read_npy_weights(arguments_.weights);
    return *weights_;
  }
  std::optional<Matrix<double>>& inputs() {
    if (!inputs_ && arguments_.inputs) inputs_ = read_npy_inputs(*arguments_.inputs).values;
    return inputs_;
  }

 private:
  const QuantizeArguments& arguments_;
  std::optional<NpyArray<RowMatrix<double>>> weights_;
  std::optional<Matrix<double>> inputs_;
};

Request read_request(const QuantizeArguments& arguments, LayerFiles& files) {
  Node cell;
  cell.kind = Node::Kind::mapping;
  Node name;
  name.kind = Node::Kind::scalar;
  name.at = {"command line: --quantizer"};
  name.value = arguments.quantizer;
  assign(cell, "quantizer.name", name);
  std::map<std::string, Value> general;
  Complaints complaints;
  for (const Override& given : arguments.parameters) {
    const Node value = parse_command_line_value(given.value, "command line: " + given.path);
    const bool is_general = find(general_parameters(), given.path) != nullptr;
    if (is_general && value.kind == Node::Kind::scalar)
      general[given.path] = value.value;
    else if (is_general)
      complaints.push_back({value.at, "takes one value"});
    else
      assign(cell, given.path.starts_with("quantizer.") ? given.path : "quantizer." + given.path, value);
  }

  Request request;
  const auto section =
      read_section(cell, "quantizer", {{"name", Registry<QuantizerEntry>::instance().names()}}, complaints);
  CellValues values(complaints);
  try {
    request.general = Parameters(general_parameters(), general);
    if (section) {
      request.entry = Registry<QuantizerEntry>::instance().find(section->name);
      values.add(*section, request.entry->description.parameters, {});
      values.provide("width", [&]() -> CellValues::Size { return files.weights().values.rows(); });
      values.provide("neurons", [&]() -> CellValues::Size { return files.weights().values.cols(); });
      values.provide("samples", [&]() -> CellValues::Size { return files.inputs() ? files.inputs()->rows() : 0; });
      request.parameters = values.resolve(*section, request.entry->description.parameters);
      request.quantizer = request.entry->make(request.parameters);
      if (!request.quantizer->traits().own_levels) {
        request.alphabet.emplace(request.parameters);
        check_levels_rule(*request.alphabet, request.quantizer->traits());
      }
    }
  } catch (const CellValues::Complained&) {
    // Said below.
  } catch (const std::invalid_argument& error) {
    complaints.push_back(complain_of("command line", error.what()));
  }
  if (!complaints.empty()) throw ConfigError(std::move(complaints));
  return request;
}

nlohmann::ordered_json bound_json(const LineRow& line, const nlohmann::json& record) {
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

// Reads back what it wrote: Q must be there bit for bit.
template <class S>
void write_and_check_packed(const std::filesystem::path& file, const QuantizedLayer<S>& result) {
  write_packed(file, pack(result.weights, *result.planes));
  if (unpack(std::get<PackedLayer<S>>(read_packed(file))) != result.weights)
    throw DataError(fmt::format("{}: what was read back is not Q: is the disk all right?", file.string()));
}

template <class S>
nlohmann::ordered_json run(const QuantizeArguments& arguments, const Request& request, const RowMatrix<double>& weights,
                           std::optional<Matrix<double>> inputs, std::optional<Matrix<double>> quantized_inputs) {
  std::optional<Matrix<S>> xq;
  if (quantized_inputs) xq = quantized_inputs->cast<S>();
  const LayerProblem<S> problem = inputs ? LayerProblem<S>(inputs->cast<S>(), std::move(xq), weights.cast<S>())
                                         : LayerProblem<S>(weights.cast<S>());
  const QuantizerTraits traits = request.quantizer->traits();
  if (traits.uses_inputs && !inputs)
    throw UsageError(fmt::format("{} needs the layer's inputs: give --inputs X.npy", arguments.quantizer));
  if (arguments.packed && !traits.own_levels)
    throw UsageError(
        fmt::format("--packed stores scaled sign planes, which {} does not make: ls1, ls2, lst, gf and "
                    "alternating do",
                    arguments.quantizer));
  const Interrupt never;
  Alphabet alphabet;
  if (request.alphabet) alphabet = layer_alphabet(*request.alphabet, *request.quantizer, problem, never);
  const std::string key = stream_key(static_cast<std::uint64_t>(request.general.integer("seed")), 0);
  const Stream decisions(fmt::format("{}/layer={}/decision", key, request.general.integer("layer")));
  const QuantizedLayer<S> result = request.quantizer->quantize(problem, alphabet, decisions, never);
  write_npy_weights(arguments.output, result.weights);
  if (arguments.packed) write_and_check_packed(*arguments.packed, result);

  const nlohmann::json content = evaluate(problem, traits, alphabet, result, Measuring<S>{key, key}, never);
  const nlohmann::json& record = content.at("record");
  nlohmann::ordered_json report;
  report["quantizer_name"] = arguments.quantizer;
  for (const auto& [name, value] : request.parameters.values())
    report["quantizer_" + name] = std::visit([](const auto& v) { return nlohmann::ordered_json(v); }, value);
  report["precision"] = std::is_same_v<S, float> ? "float32" : "float64";
  report["seed"] = std::to_string(request.general.integer("seed"));
  const LayerShape shape = problem.shape();
  report["width"] = shape.width;
  report["samples"] = shape.samples;
  report["neurons"] = shape.neurons;
  if (arguments.packed)
    report["packed_bits_per_weight"] = 8 * static_cast<double>(std::filesystem::file_size(*arguments.packed)) /
                                       (static_cast<double>(shape.width) * static_cast<double>(shape.neurons));
  for (const auto& [name, value] : record.items()) report[name] = value;
  report["bounds"] = nlohmann::ordered_json::array();
  report["version"] = build_provenance().version;
  if (!inputs) return report;

  LayerFacts facts = stored_facts(content, shape, problem.has_mismatch(), ColumnLaw{}, traits);
  const double cost = request.quantizer->cost(shape, problem.has_mismatch());
  const StatisticCosts costs{path_covariance_cost(shape), path_growth_cost(shape), 0};
  if (traits.path_following && costs.path_covariance <= cost)
    facts.statistics.path =
        path_covariance(visited_columns(traits.order, problem), never, random_direction(key, shape.samples));
  if (traits.path_following && costs.path_growth <= cost)
    facts.statistics.growth = path_growth(visited_columns(traits.order, problem), never);
  for (const LineRow& line : layer_lines(facts, {}, request.general.real("probability"), record, costs, cost,
                                         std::is_same_v<S, float> ? 0x1p-24 : 0x1p-53))
    if (line.kind != LineKind::rate) report["bounds"].push_back(bound_json(line, record));
  return report;
}

void print_report(const nlohmann::ordered_json& report, const std::filesystem::path& output) {
  fmt::print("{}: Q of {} outputs x {} inputs\n", output.string(), report["neurons"].dump(), report["width"].dump());
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

}  // namespace

int quantize(const QuantizeArguments& arguments) {
  LayerFiles files(arguments);
  const Request request = read_request(arguments, files);
  const auto& weights = files.weights();
  std::optional<Matrix<double>> inputs = std::move(files.inputs());
  std::optional<Matrix<double>> quantized;
  if (arguments.quantized_inputs) quantized = read_npy_inputs(*arguments.quantized_inputs).values;
  if (quantized && !inputs) throw UsageError("--quantized-inputs goes with --inputs");
  const bool single = request.general.has("precision") ? request.general.word("precision") == "float32"
                                                       : weights.type == NpyType::float32;
  const nlohmann::ordered_json report =
      single ? run<float>(arguments, request, weights.values, std::move(inputs), std::move(quantized))
             : run<double>(arguments, request, weights.values, std::move(inputs), std::move(quantized));
  if (arguments.report) write_atomically(*arguments.report, to_json(report) + "\n");
  print_report(report, arguments.output);
  return all_good;
}

}  // namespace pathquant::cli
