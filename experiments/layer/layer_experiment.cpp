// The layer experiment: reads inputs, weights and quantizer of a cell and makes it ready.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "core/metrics.hpp"
#include "core/quantizers/checked.hpp"
#include "core/quantizers/layer_alphabet.hpp"
#include "experiments/config/cell_values.hpp"
#include "experiments/config/config.hpp"
#include "experiments/layer/layer_cell.hpp"
#include "experiments/layer/precision.hpp"
#include "experiments/layer/section_identity.hpp"
#include "experiments/layer/streamed_layer.hpp"
#include "experiments/layer/unavailable_cell.hpp"

namespace pathquant {
namespace {

const ParameterTable& input_shape() {
  static const ParameterTable table = {
      integer("samples", "m, number of rows of X").at_least(1).at_most(1e9),
      integer("width", "N, number of input features of the layer").at_least(1).at_most(1e12),
      real("mismatch", "standard deviation of Gaussian noise added to X to make Xq; 0: Xq = X")
          .at_least(0)
          .defaults_to(0.0),
      integer("fresh.samples",
              "fresh rows on which Q is measured too (fresh: 1000 is short for it): of the same law, and of the "
              "subspace, centres, scales, .. that the trial has drawn; of a data set other rows. What the quantized "
              "network sees of them has noise of its own")
          .at_least(1)
          .at_most(1e9)};
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

// `fresh: 1000` is `fresh: {samples: 1000}`.
void write_fresh_in_full(std::optional<Section>& inputs) {
  if (!inputs) return;
  auto given = inputs->given.extract("fresh");
  if (!given) return;
  given.key() = "fresh.samples";
  inputs->given.insert(std::move(given));
}

class Preparation {
 public:
  Preparation(const CellRequest& request, Complaints& complaints)
      : request_(request), complaints_(complaints), values_(complaints) {}

  std::shared_ptr<const Cell> cell() {
    if (const std::string reason = why_unavailable(request_.tree); !reason.empty())
      return make_unavailable_cell(request_, reason);
    const std::size_t before = complaints_.size();
    setup_.seed = request_.seed;
    check_keys();
    read_precision();
    read_measure();
    read_sections();
    for (const auto read : {&Preparation::read_inputs, &Preparation::read_weights, &Preparation::read_quantizer}) {
      try {
        (this->*read)();
      } catch (const CellValues::Complained&) {
        // What is wrong with the other sections is to be told as well.
      }
    }
    if (complaints_.size() == before && setup_.inputs.streamed())
      if (const auto reason = why_not_streamed(setup_)) complaints_.push_back({quantizer_->at, *reason});
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
    // Only where they are asked for, so that other cells are what they were.
    if (setup_.inputs.fresh > 0) setup_.identity["fresh"] = setup_.inputs.fresh_identity;
    if (setup_.extra.error_budget) setup_.identity["measure"].push_back("error_budget");
    if (setup_.extra.row_space_error) setup_.identity["measure"].push_back("row_space_error");
    return make_layer_cell(std::move(setup_));
  }

 private:
  void check_keys() {
    const std::vector<std::string> known = {"precision", "inputs", "weights", "quantizer", "measure"};
    std::vector<std::string> candidates = known;
    for (const char* general : {"name", "experiment", "seed", "trials", "sweep", "bounds", "probability", "plot",
                                "plugins", "width", "samples", "neurons"})
      candidates.emplace_back(general);
    for (const Entry& entry : request_.tree.entries)
      if (std::find(known.begin(), known.end(), entry.key) == known.end())
        complaints_.push_back(
            {entry.key_at, fmt::format("unknown key '{}'{}", entry.key, suggestion(entry.key, candidates))});
  }

  void read_precision() {
    const std::string text = precision_text(request_.tree, complaints_);
    setup_.precision = text == "float32" ? Precision::float32 : Precision::float64;
    setup_.columns.emplace_back("precision", text);
  }

  // One name or a list of them.
  void read_measure() {
    const Node* node = request_.tree.find("measure");
    if (node == nullptr || node->kind == Node::Kind::null) return;
    static const std::vector<std::string> known = {"error_budget", "row_space_error"};
    for (const Node& item : node->kind == Node::Kind::sequence ? node->items : std::vector{*node}) {
      const std::string name = item.kind == Node::Kind::scalar ? to_text(item.value) : "?";
      if (std::find(known.begin(), known.end(), name) == known.end())
        complaints_.push_back({item.at, fmt::format("measure: there is no '{}'{}: {}", name, suggestion(name, known),
                                                    fmt::join(known, ", "))});
      setup_.extra.error_budget = setup_.extra.error_budget || name == "error_budget";
      setup_.extra.row_space_error = setup_.extra.row_space_error || name == "row_space_error";
    }
  }

  // All parameters first, since each may be an expression of the others.
  void read_sections() {
    inputs_ = read_section(request_.tree, "inputs",
                           {{"distribution", input_names(false)}, {"dataset", input_names(true)}}, complaints_);
    write_fresh_in_full(inputs_);
    weights_ = read_section(request_.tree, "weights", {{"distribution", Registry<WeightEntry>::instance().names()}},
                            complaints_);
    quantizer_ =
        read_section(request_.tree, "quantizer", {{"name", Registry<QuantizerEntry>::instance().names()}}, complaints_);
    if (inputs_)
      values_.add(*inputs_, entry<InputEntry>(inputs_).description.parameters + input_shape(), family_of<InputEntry>());
    if (weights_)
      values_.add(*weights_, entry<WeightEntry>(weights_).description.parameters + weight_shape(),
                  family_of<WeightEntry>());
    if (quantizer_)
      values_.add(*quantizer_, entry<QuantizerEntry>(quantizer_).description.parameters, family_of<QuantizerEntry>());
    values_.provide("samples", [this] { return try_to(inputs_, [&] { return input_law().available_samples(); }); });
    values_.provide("width", [this] { return try_to(inputs_, [&] { return input_law().fixed_width(); }); });
    values_.provide("neurons", [this] { return try_to(weights_, [&] { return weight_law().fixed_neurons(); }); });
  }

  void read_inputs() {
    input_law();
    const Description& description = entry<InputEntry>(inputs_).description;
    const Parameters parameters = values_.resolve(*inputs_, description.parameters + input_shape());
    LayerInputs& inputs = setup_.inputs;
    try_to(inputs_, [&] {
      inputs.samples = size_of(parameters, "samples", inputs.law->available_samples());
      inputs.width = size_of(parameters, "width", inputs.law->fixed_width());
      inputs.mismatch = parameters.real("mismatch");
      inputs.law->open("", inputs.samples, inputs.width);  // refuses now what it would refuse in every trial
      inputs.identity = section_identity(*inputs_, description, parameters);
      add_files(inputs.identity, inputs.law->files());
      if (!parameters.has("fresh.samples") && !parameters.has("fresh.split")) return;
      // `fresh: {split: test}` is all rows of that split.
      inputs.fresh = parameters.has("fresh.samples") ? parameters.integer("fresh.samples")
                                                     : inputs.law->available_fresh(inputs.samples).value();
      inputs.law->open_fresh("", inputs.samples, inputs.width, inputs.fresh);
      inputs.fresh_identity = {{"samples", inputs.fresh}};
      if (parameters.has("fresh.split")) inputs.fresh_identity["split"] = parameters.word("fresh.split");
      add_files(inputs.fresh_identity, inputs.law->fresh_files());
    });
    setup_.columns.emplace_back("width", inputs.width);
    setup_.columns.emplace_back("samples", inputs.samples);
    if (inputs.fresh > 0) setup_.columns.emplace_back("inputs_fresh_samples", inputs.fresh);
    add_columns(*inputs_, parameters);
    note_origin(*inputs_, description);
    if (description.plugin) inputs.foreign = description.plugin->title();
  }

  void read_weights() {
    weight_law();
    const Description& description = entry<WeightEntry>(weights_).description;
    const Parameters parameters = values_.resolve(*weights_, description.parameters + weight_shape());
    try_to(weights_, [&] {
      setup_.neurons = size_of(parameters, "neurons", setup_.weights->fixed_neurons());
      const auto width = setup_.weights->fixed_width();
      if (width && setup_.inputs.width > 0 && *width != setup_.inputs.width)
        throw std::invalid_argument(fmt::format("W has {} inputs but X has {} features", *width, setup_.inputs.width));
      if (setup_.weights->fixed_neurons().value_or(setup_.neurons) != setup_.neurons)
        throw std::invalid_argument(fmt::format("W has {} neurons", *setup_.weights->fixed_neurons()));
      weights_identity_ = section_identity(*weights_, description, parameters);
      add_files(weights_identity_, setup_.weights->files());
    });
    setup_.columns.emplace_back("neurons", setup_.neurons);
    add_columns(*weights_, parameters);
    note_origin(*weights_, description);
  }

  void read_quantizer() {
    const QuantizerEntry& named = entry<QuantizerEntry>(quantizer_);
    const Parameters parameters = values_.resolve(*quantizer_, named.description.parameters);
    try_to(quantizer_, [&] {
      setup_.quantizer = make_quantizer(named, parameters);
      if (!setup_.quantizer->traits().own_levels) {
        setup_.alphabet = std::make_shared<AlphabetRule>(parameters);
        check_levels_rule(*setup_.alphabet, setup_.quantizer->traits());
      }
    });
    quantizer_identity_ = section_identity(*quantizer_, named.description, parameters);
    try_to(quantizer_, [&] { add_files(quantizer_identity_, setup_.quantizer->files()); });
    add_columns(*quantizer_, parameters);
    note_origin(*quantizer_, named.description, named.foreign);
  }

  // What the section names; throws Complained where the section itself was complained of.
  template <class Entry>
  static const Entry& entry(const std::optional<Section>& section) {
    if (!section) throw CellValues::Complained();
    return *Registry<Entry>::instance().find(section->name);
  }

  // The laws are made of their own parameters, so that a size may depend on what the law fixes.
  const InputLaw& input_law() {
    if (!setup_.inputs.law) {
      const InputEntry& named = entry<InputEntry>(inputs_);
      const Parameters parameters = values_.resolve(*inputs_, named.description.parameters);
      setup_.inputs.law = try_to(inputs_, [&] { return named.make(parameters); });
    }
    return *setup_.inputs.law;
  }

  const WeightLaw& weight_law() {
    if (!setup_.weights) {
      const WeightEntry& named = entry<WeightEntry>(weights_);
      const Parameters parameters = values_.resolve(*weights_, named.description.parameters);
      setup_.weights = try_to(weights_, [&] { return named.make(parameters); });
    }
    return *setup_.weights;
  }

  // Runs `make`, turning what it throws into a complaint about the section.
  template <class Make>
  auto try_to(const std::optional<Section>& section, Make make) -> decltype(make()) {
    try {
      return make();
    } catch (const std::exception& error) {
      complaints_.push_back({section->at, fmt::format("{} '{}': {}", section->section, section->name, error.what())});
      throw CellValues::Complained();
    }
  }

  // A size that is given, or that the data fix; given ones may not go beyond the data.
  static Index size_of(const Parameters& parameters, const std::string& name, std::optional<Index> available) {
    if (!parameters.has(name)) throw std::invalid_argument(fmt::format("{} is missing", name));
    const Index size = parameters.integer(name);
    if (available && size > *available)
      throw std::invalid_argument(fmt::format("{} is {}, but the data have {}", name, size, *available));
    return size;
  }

  void add_columns(const Section& section, const Parameters& parameters) {
    setup_.columns.emplace_back(section.section + "_" + section.selector, section.name);
    for (const auto& [name, value] : parameters.values()) {
      if (name == "samples" || name == "width" || name == "neurons" || name == "fresh.samples") continue;
      setup_.columns.emplace_back(column_name(section.section + "." + name),
                                  std::visit([](const auto& v) { return nlohmann::ordered_json(v); }, value));
    }
  }

  // Records say which plugin brought something, and the runner which part of a cell is not the program's own.
  void note_origin(const Section& section, const Description& description, bool foreign = false) {
    if (!description.plugin && !foreign) return;
    const std::string title = description.plugin ? description.plugin->title() : description.name;
    if (description.plugin)
      setup_.columns.emplace_back(section.section + "_plugin",
                                  description.plugin->name + " " + description.plugin->version);
    if (setup_.foreign.find(title) == std::string::npos) setup_.foreign += (setup_.foreign.empty() ? "" : ", ") + title;
  }

  const CellRequest& request_;
  Complaints& complaints_;
  CellValues values_;
  std::optional<Section> inputs_, weights_, quantizer_;
  LayerSetup setup_;
  nlohmann::json weights_identity_;
  nlohmann::json quantizer_identity_;
};

const Registered<ExperimentEntry> registered({
    .description = {.name = "layer",
                    .version = 1,
                    .summary = "one layer: the error of a quantizer on X and W drawn anew in every trial",
                    .formula =
                        "relative_squared_error = ||XW - XqQ||_F^2 / ||XW||_F^2;\n"
                        "fresh_relative_squared_error: the same on fresh rows, where inputs.fresh asks for them;\n"
                        "direction_error = max_j |<a, u_j>|, a uniform on the unit sphere, one for a trial;\n"
                        "alignment_residual = ||XW - XqW~||_F / ||XW||_F;\n"
                        "bias_corrected_..: with the best bias for Q, the mean error of every neuron on X;\n"
                        "damping: lambda over the mean ||Xq_t||^2, of error feedback;\n"
                        "levels_used: of the smallest alphabet of its kind that has all of Q;\n"
                        "measure: error_budget: U = Uhat + V(C(c) - q) + V(c - C(c)), the squares of the shares "
                        "of alignment, rounding and clipping and twice their products: they add up to "
                        "error_energy. Of path following only;\n"
                        "measure: row_space_error: max_j |z_j^T(w_j - q_j)|, z_j normal on the row space of X, "
                        "where X == Xq",
                    .hypotheses = "",
                    .source = "every paper's setting for a single layer",
                    .parameters = input_shape() + weight_shape()},
    .measured = {"levels",
                 "levels_used",
                 "bits",
                 "step",
                 "step_min",
                 "step_max",
                 "rate",
                 "relative_error",
                 "relative_squared_error",
                 "signal_energy",
                 "error_energy",
                 "median_neuron_error",
                 "max_neuron_squared_error",
                 "max_abs_error",
                 "direction_error",
                 "fresh_relative_squared_error",
                 "bias_corrected_relative_squared_error",
                 "bias_corrected_fresh_relative_squared_error",
                 "row_space_error",
                 "variant",
                 "clipped",
                 "sparsity",
                 "weight_relative_squared_error",
                 "alignment_residual",
                 "damping",
                 "budget_alignment",
                 "budget_rounding",
                 "budget_clipping",
                 "budget_alignment_rounding",
                 "budget_alignment_clipping",
                 "budget_rounding_clipping"},
    .errors = {"relative_squared_error", "relative_error", "error_energy", "median_neuron_error",
               "max_neuron_squared_error", "max_abs_error", "fresh_relative_squared_error",
               "weight_relative_squared_error"},
    .prepare = [](const CellRequest& request,
                  Complaints& complaints) { return Preparation(request, complaints).cell(); },
});

}  // namespace
}  // namespace pathquant
