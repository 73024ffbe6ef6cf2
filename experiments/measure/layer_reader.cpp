#include "experiments/measure/layer_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/quantizers/layer_alphabet.hpp"
#include "core/quantizers/validated.hpp"
#include "experiments/config/cell_values.hpp"
#include "experiments/config/config.hpp"
#include "experiments/measure/precision.hpp"
#include "experiments/measure/section_identity.hpp"

namespace pathquant {

const ParameterTable& layer_input_shape() {
  static const ParameterTable table = {
      integer("samples", "m, number of rows of X").at_least(1).at_most(1e9).labelled("samples $m$", "rows of $X$"),
      integer("width", "N, number of input features of the layer")
          .at_least(1)
          .at_most(1e12)
          .labelled("width $N$", "input features"),
      real("mismatch", "standard deviation of Gaussian noise added to X to make Xq; 0: Xq = X")
          .at_least(0)
          .defaults_to(0.0)
          .labelled("mismatch", "standard deviation of $X_q - X$"),
      integer("fresh.samples",
              "fresh rows on which Q is measured too (fresh: 1000 is short for it): of the same law, and of the "
              "subspace, centres, scales, .. that the trial has drawn; of a data set other rows. What the quantized "
              "network sees of them has noise of its own")
          .at_least(1)
          .at_most(1e9)};
  return table;
}

const ParameterTable& layer_weight_shape() {
  static const ParameterTable table = {integer("neurons", "P, number of outputs of the layer")
                                           .at_least(1)
                                           .at_most(1e9)
                                           .labelled("neurons $P$", "outputs")};
  return table;
}

namespace {

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

class LayerReader {
 public:
  LayerReader(const CellRequest& request, Diagnostics& diagnostics)
      : request_(request), diagnostics_(diagnostics), values_(diagnostics) {}

  std::optional<LayerSetup> read(const std::vector<std::string>& further_keys) {
    const std::size_t before = diagnostics_.size();
    setup_.seed = request_.seed;
    check_keys(further_keys);
    setup_.precision = read_precision(request_.tree, diagnostics_);
    setup_.columns.emplace_back("precision", to_text(setup_.precision));
    read_sections();
    for (const auto read : {&LayerReader::read_inputs, &LayerReader::read_weights, &LayerReader::read_quantizer}) {
      try {
        (this->*read)();
      } catch (const CellValues::Invalid&) {
        // What is wrong with the other sections is to be told as well.
      }
    }
    if (diagnostics_.size() > before) return std::nullopt;
    setup_.identity = {{"schema", results_schema},
                       {"seed", std::to_string(setup_.seed)},
                       {"precision", to_text(setup_.precision)},
                       {"inputs", setup_.inputs.identity},
                       {"weights", weights_identity_},
                       {"network", nullptr},
                       {"quantizer", quantizer_identity_}};
    return std::move(setup_);
  }

 private:
  void check_keys(const std::vector<std::string>& further) {
    std::vector<std::string> known = {"precision", "inputs", "weights", "quantizer"};
    known.insert(known.end(), further.begin(), further.end());
    std::vector<std::string> candidates = known;
    for (const char* general : {"name", "experiment", "seed", "trials", "sweep", "bounds", "probability", "plot",
                                "plugins", "width", "samples", "neurons"})
      candidates.emplace_back(general);
    for (const Entry& entry : request_.tree.entries)
      if (std::find(known.begin(), known.end(), entry.key) == known.end())
        diagnostics_.push_back(
            {entry.key_at, fmt::format("unknown key '{}'{}", entry.key, suggestion(entry.key, candidates))});
  }

  // All parameters first, since each may be an expression of the others.
  void read_sections() {
    inputs_ = read_section(request_.tree, "inputs",
                           {{"distribution", input_names(false)}, {"dataset", input_names(true)}}, diagnostics_);
    write_fresh_in_full(inputs_);
    weights_ = read_section(request_.tree, "weights", {{"distribution", Registry<WeightEntry>::instance().names()}},
                            diagnostics_);
    quantizer_ = read_section(request_.tree, "quantizer", {{"name", Registry<QuantizerEntry>::instance().names()}},
                              diagnostics_);
    if (inputs_)
      values_.add(*inputs_, entry<InputEntry>(inputs_).description.parameters + layer_input_shape(),
                  family_of<InputEntry>());
    if (weights_)
      values_.add(*weights_, entry<WeightEntry>(weights_).description.parameters + layer_weight_shape(),
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
    const Parameters parameters = values_.resolve(*inputs_, description.parameters + layer_input_shape());
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
    if (description.plugin) inputs.untrusted = description.plugin->title();
  }

  void read_weights() {
    weight_law();
    const Description& description = entry<WeightEntry>(weights_).description;
    const Parameters parameters = values_.resolve(*weights_, description.parameters + layer_weight_shape());
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
    note_origin(*quantizer_, named.description, named.untrusted);
  }

  // What the section names; throws Invalid where the section itself was reported of.
  template <class Entry>
  static const Entry& entry(const std::optional<Section>& section) {
    if (!section) throw CellValues::Invalid();
    return *Registry<Entry>::instance().find(section->name);
  }

  // The laws are made of their own parameters, so that a size may depend on what the law fixes.
  const InputDistribution& input_law() {
    if (!setup_.inputs.law) {
      const InputEntry& named = entry<InputEntry>(inputs_);
      const Parameters parameters = values_.resolve(*inputs_, named.description.parameters);
      setup_.inputs.law = try_to(inputs_, [&] { return named.make(parameters); });
    }
    return *setup_.inputs.law;
  }

  const WeightDistribution& weight_law() {
    if (!setup_.weights) {
      const WeightEntry& named = entry<WeightEntry>(weights_);
      const Parameters parameters = values_.resolve(*weights_, named.description.parameters);
      setup_.weights = try_to(weights_, [&] { return named.make(parameters); });
    }
    return *setup_.weights;
  }

  // Runs `make`, turning what it throws into a diagnostic about the section.
  template <class Make>
  auto try_to(const std::optional<Section>& section, Make make) -> decltype(make()) {
    try {
      return make();
    } catch (const std::exception& error) {
      diagnostics_.push_back({section->at, fmt::format("{} '{}': {}", section->section, section->name, error.what())});
      throw CellValues::Invalid();
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
  void note_origin(const Section& section, const Description& description, bool untrusted = false) {
    if (!description.plugin && !untrusted) return;
    const std::string title = description.plugin ? description.plugin->title() : description.name;
    if (description.plugin)
      setup_.columns.emplace_back(section.section + "_plugin",
                                  description.plugin->name + " " + description.plugin->version);
    if (setup_.untrusted.find(title) == std::string::npos)
      setup_.untrusted += (setup_.untrusted.empty() ? "" : ", ") + title;
  }

  const CellRequest& request_;
  Diagnostics& diagnostics_;
  CellValues values_;
  std::optional<Section> inputs_, weights_, quantizer_;
  LayerSetup setup_;
  nlohmann::json weights_identity_;
  nlohmann::json quantizer_identity_;
};

}  // namespace

std::optional<LayerSetup> read_layer(const CellRequest& request, const std::vector<std::string>& further_keys,
                                     Diagnostics& diagnostics) {
  return LayerReader(request, diagnostics).read(further_keys);
}

}  // namespace pathquant
