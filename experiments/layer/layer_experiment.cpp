// The layer experiment: reads inputs, weights and quantizer of a cell and makes it ready.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/metrics.hpp"
#include "experiments/config/section.hpp"
#include "experiments/hash.hpp"
#include "experiments/layer/layer_cell.hpp"

namespace pathquant {
namespace {

const ParameterTable& input_shape() {
  static const ParameterTable table = {
      integer("samples", "m, number of rows of X").at_least(1).at_most(1e9),
      integer("width", "N, number of input features of the layer").at_least(1).at_most(1e12),
      real("mismatch", "standard deviation of Gaussian noise added to X to make Xq; 0: Xq = X")
          .at_least(0)
          .defaults_to(0.0)};
  return table;
}

const ParameterTable& weight_shape() {
  static const ParameterTable table = {
      integer("neurons", "P, number of outputs of the layer").at_least(1).at_most(1e9)};
  return table;
}

std::vector<std::string> input_names(bool datasets) {
  std::vector<std::string> names;
  for (const InputEntry* entry : Registry<InputEntry>::instance().all())
    if (entry->dataset == datasets) names.push_back(entry->description.name);
  return names;
}

// The parameters of everything in a registry, some more than once.
template <class Entry>
ParameterTable family_of() {
  ParameterTable family;
  for (const Entry* entry : Registry<Entry>::instance().all())
    family = std::move(family) + entry->description.parameters;
  return family;
}

// What decides a section's result: its name, its version and its parameters, files by their content.
nlohmann::json identity_of(const Section& section, const Description& description, const Parameters& parameters) {
  nlohmann::json identity = {{section.selector, section.name}, {"version", description.version}};
  for (const auto& [name, value] : parameters.values()) {
    const Parameter* parameter = find(description.parameters, name);
    if (parameter != nullptr && parameter->type == ValueType::file) continue;
    std::visit([&, key = name](const auto& v) { identity[key] = v; }, value);
  }
  return identity;
}

void add_files(nlohmann::json& identity, const std::vector<std::filesystem::path>& files) {
  for (const auto& file : files) identity["files"].push_back(sha256_hex_of_file(file));
}

// Runs `make`, turning what it throws into a complaint about the section.
template <class Make>
auto try_to(const Section& section, Complaints& complaints, Make make) -> decltype(make()) {
  try {
    return make();
  } catch (const std::exception& error) {
    complaints.push_back({section.at, fmt::format("{} '{}': {}", section.section, section.name, error.what())});
    return {};
  }
}

class Preparation {
 public:
  Preparation(const CellRequest& request, Complaints& complaints) : request_(request), complaints_(complaints) {}

  std::shared_ptr<const Cell> cell() {
    const std::size_t before = complaints_.size();
    setup_.seed = request_.seed;
    check_keys();
    read_precision();
    read_inputs();
    read_weights();
    read_quantizer();
    if (complaints_.size() > before) return nullptr;
    setup_.identity = {{"schema", results_schema},
                       {"experiment", "layer/1"},
                       {"seed", std::to_string(setup_.seed)},
                       {"precision", setup_.precision == Precision::float32 ? "float32" : "float64"},
                       {"metrics", metrics_version},
                       {"inputs", setup_.inputs.identity},
                       {"weights", weights_identity_},
                       {"network", nullptr},
                       {"quantizer", quantizer_identity_}};
    return make_layer_cell(std::move(setup_));
  }

 private:
  void check_keys() {
    const std::vector<std::string> known = {"precision", "inputs", "weights", "quantizer"};
    std::vector<std::string> candidates = known;
    for (const char* general : {"name", "experiment", "seed", "trials", "sweep", "bounds", "probability", "plot",
                                "width", "samples", "neurons"})
      candidates.emplace_back(general);
    for (const Entry& entry : request_.tree.entries)
      if (std::find(known.begin(), known.end(), entry.key) == known.end())
        complaints_.push_back(
            {entry.key_at, fmt::format("unknown key '{}'{}", entry.key, suggestion(entry.key, candidates))});
  }

  void read_precision() {
    const Node* node = request_.tree.find("precision");
    std::string text = "float64";
    if (node != nullptr) text = node->kind == Node::Kind::scalar ? to_text(node->value) : "?";
    if (node != nullptr && text != "float64" && text != "float32")
      complaints_.push_back({node->at, fmt::format("precision must be float64 or float32, not {}", text)});
    setup_.precision = text == "float32" ? Precision::float32 : Precision::float64;
    setup_.columns.emplace_back("precision", text);
  }

  void read_inputs() {
    const auto section = read_section(
        request_.tree, "inputs", {{"distribution", input_names(false)}, {"dataset", input_names(true)}}, complaints_);
    if (!section) return;
    const InputEntry& entry = *Registry<InputEntry>::instance().find(section->name);
    const auto parameters =
        resolve(*section, entry.description.parameters + input_shape(), family_of<InputEntry>(), complaints_);
    if (!parameters) return;
    LayerInputs& inputs = setup_.inputs;
    const auto made = try_to(*section, complaints_, [&]() -> std::optional<bool> {
      inputs.law = entry.make(*parameters);
      const auto rows = inputs.law->available_samples();
      const auto columns = inputs.law->fixed_width();
      inputs.samples = size_of(*parameters, "samples", rows);
      inputs.width = size_of(*parameters, "width", columns);
      inputs.mismatch = parameters->real("mismatch");
      inputs.law->open("", inputs.samples, inputs.width);  // refuses now what it would refuse in every trial
      inputs.identity = identity_of(*section, entry.description, *parameters);
      inputs.identity["samples"] = inputs.samples;
      inputs.identity["width"] = inputs.width;
      add_files(inputs.identity, inputs.law->files());
      return true;
    });
    if (!made) return;
    setup_.columns.emplace_back("width", inputs.width);
    setup_.columns.emplace_back("samples", inputs.samples);
    add_columns("inputs", *section, *parameters);
  }

  void read_weights() {
    const auto section = read_section(request_.tree, "weights",
                                      {{"distribution", Registry<WeightEntry>::instance().names()}}, complaints_);
    if (!section) return;
    const WeightEntry& entry = *Registry<WeightEntry>::instance().find(section->name);
    const auto parameters =
        resolve(*section, entry.description.parameters + weight_shape(), family_of<WeightEntry>(), complaints_);
    if (!parameters) return;
    const auto made = try_to(*section, complaints_, [&]() -> std::optional<bool> {
      setup_.weights = entry.make(*parameters);
      setup_.neurons = size_of(*parameters, "neurons", setup_.weights->fixed_neurons());
      const auto width = setup_.weights->fixed_width();
      if (width && setup_.inputs.width > 0 && *width != setup_.inputs.width)
        throw std::invalid_argument(fmt::format("W has {} inputs but X has {} features", *width, setup_.inputs.width));
      if (setup_.weights->fixed_neurons().value_or(setup_.neurons) != setup_.neurons)
        throw std::invalid_argument(fmt::format("W has {} neurons", *setup_.weights->fixed_neurons()));
      weights_identity_ = identity_of(*section, entry.description, *parameters);
      weights_identity_["neurons"] = setup_.neurons;
      add_files(weights_identity_, setup_.weights->files());
      return true;
    });
    if (!made) return;
    setup_.columns.emplace_back("neurons", setup_.neurons);
    add_columns("weights", *section, *parameters);
  }

  void read_quantizer() {
    const auto section =
        read_section(request_.tree, "quantizer", {{"name", Registry<QuantizerEntry>::instance().names()}}, complaints_);
    if (!section) return;
    const QuantizerEntry& entry = *Registry<QuantizerEntry>::instance().find(section->name);
    const auto parameters = resolve(*section, entry.description.parameters, family_of<QuantizerEntry>(), complaints_);
    if (!parameters) return;
    const auto made = try_to(*section, complaints_, [&]() -> std::optional<bool> {
      setup_.quantizer = entry.make(*parameters);
      if (!setup_.quantizer->traits().own_levels) setup_.alphabet = std::make_shared<AlphabetRule>(*parameters);
      return true;
    });
    if (!made) return;
    quantizer_identity_ = identity_of(*section, entry.description, *parameters);
    add_columns("quantizer", *section, *parameters);
  }

  // A size that is given, or that the data fix; given ones may not go beyond the data.
  static Index size_of(const Parameters& parameters, const std::string& name, std::optional<Index> available) {
    if (!parameters.has(name)) {
      if (!available) throw std::invalid_argument(fmt::format("{} is missing", name));
      return *available;
    }
    const Index size = parameters.integer(name);
    if (available && size > *available)
      throw std::invalid_argument(fmt::format("{} is {}, but the data have {}", name, size, *available));
    return size;
  }

  void add_columns(const std::string& prefix, const Section& section, const Parameters& parameters) {
    setup_.columns.emplace_back(prefix + "_" + section.selector, section.name);
    for (const auto& [name, value] : parameters.values()) {
      if (name == "samples" || name == "width" || name == "neurons") continue;
      std::string column = fmt::format("{}_{}", prefix, name);
      std::replace(column.begin(), column.end(), '.', '_');
      setup_.columns.emplace_back(column, std::visit([](const auto& v) { return nlohmann::ordered_json(v); }, value));
    }
  }

  const CellRequest& request_;
  Complaints& complaints_;
  LayerSetup setup_;
  nlohmann::json weights_identity_;
  nlohmann::json quantizer_identity_;
};

const Registered<ExperimentEntry> registered({
    .description = {.name = "layer",
                    .version = 1,
                    .summary = "one layer: the error of a quantizer on X and W drawn anew in every trial",
                    .formula = "relative_squared_error = ||XW - XqQ||_F^2 / ||XW||_F^2",
                    .hypotheses = "",
                    .source = "every paper's setting for a single layer",
                    .parameters = input_shape() + weight_shape()},
    .measured = {"levels", "bits", "step", "step_min", "step_max", "rate", "relative_error", "relative_squared_error",
                 "signal_energy", "error_energy", "median_neuron_error", "max_neuron_squared_error", "max_abs_error",
                 "clipped", "sparsity", "weight_relative_squared_error"},
    .errors = {"relative_squared_error", "relative_error", "error_energy", "median_neuron_error",
               "max_neuron_squared_error", "max_abs_error", "fresh_relative_squared_error",
               "weight_relative_squared_error"},
    .prepare = [](const CellRequest& request,
                  Complaints& complaints) { return Preparation(request, complaints).cell(); },
});

}  // namespace
}  // namespace pathquant
