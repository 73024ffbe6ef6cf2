#include "experiments/measure/layer_reader.hpp"

#include <fmt/format.h>

#include "experiments/measure/cell_reader.hpp"
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

class LayerReader {
 public:
  LayerReader(const CellRequest& request, const std::vector<std::string>& further_keys, Diagnostics& diagnostics)
      : reader_(request, diagnostics) {
    reader_.check_keys(further_keys);
    inputs_ = reader_.inputs(layer_input_shape());
    weights_ = reader_.weights(layer_weight_shape());
    quantizer_ = reader_.quantizer();
    reader_.values().provide("samples", [this] { return asked(inputs_, [&] { return law().available_samples(); }); });
    reader_.values().provide("width", [this] { return asked(inputs_, [&] { return law().fixed_width(); }); });
    reader_.values().provide("neurons", [this] { return asked(weights_, [&] { return w().fixed_neurons(); }); });
  }

  std::optional<LayerSetup> read() {
    for (const auto read : {&LayerReader::read_inputs, &LayerReader::read_weights, &LayerReader::read_quantizer}) {
      try {
        (this->*read)();
      } catch (const CellValues::Invalid&) {
        // What is wrong with the other sections is to be reported as well.
      }
    }
    if (!reader_.good()) return std::nullopt;
    static_cast<CellSetup&>(setup_) = std::move(reader_.setup);
    return std::move(setup_);
  }

 private:
  void read_inputs() {
    law();
    const Parameters parameters = reader_.parameters(inputs_);
    const Description& description = inputs_.entry().description;
    LayerInputs& inputs = setup_.inputs;
    reader_.attempt(inputs_, [&] {
      inputs.samples = size_of(parameters, "samples", inputs.law->available_samples());
      inputs.width = size_of(parameters, "width", inputs.law->fixed_width());
      inputs.mismatch = parameters.real("mismatch");
      inputs.law->open("", inputs.samples, inputs.width);  // refuses now what it would refuse in every trial
      inputs.identity = section_identity(*inputs_.section, description, parameters);
      add_files(inputs.identity, inputs.law->files());
      read_fresh(parameters);
    });
    if (description.plugin) inputs.untrusted = description.plugin->title();
    reader_.setup.identity["inputs"] = inputs.identity;
    auto& columns = reader_.setup.columns;
    columns.emplace_back("width", inputs.width);
    columns.emplace_back("samples", inputs.samples);
    if (inputs.fresh > 0) columns.emplace_back("inputs_fresh_samples", inputs.fresh);
    reader_.take(inputs_, parameters);
  }

  // `fresh: {split: test}` is all rows of that split.
  void read_fresh(const Parameters& parameters) {
    LayerInputs& inputs = setup_.inputs;
    if (!parameters.has("fresh.samples") && !parameters.has("fresh.split")) return;
    inputs.fresh = parameters.has("fresh.samples") ? parameters.integer("fresh.samples")
                                                   : inputs.law->available_fresh(inputs.samples).value();
    inputs.law->open_fresh("", inputs.samples, inputs.width, inputs.fresh);
    nlohmann::json identity = {{"samples", inputs.fresh}};
    if (parameters.has("fresh.split")) identity["split"] = parameters.word("fresh.split");
    add_files(identity, inputs.law->fresh_files());
    // Only where there are fresh rows, so that other cells are what they were.
    reader_.setup.identity["fresh"] = std::move(identity);
  }

  void read_weights() {
    w();
    const Parameters parameters = reader_.parameters(weights_);
    reader_.attempt(weights_, [&] {
      setup_.neurons = size_of(parameters, "neurons", setup_.weights->fixed_neurons());
      const auto width = setup_.weights->fixed_width();
      if (width && setup_.inputs.width > 0 && *width != setup_.inputs.width)
        throw std::invalid_argument(fmt::format("W has {} inputs but X has {} features", *width, setup_.inputs.width));
      if (setup_.weights->fixed_neurons().value_or(setup_.neurons) != setup_.neurons)
        throw std::invalid_argument(fmt::format("W has {} neurons", *setup_.weights->fixed_neurons()));
      auto& identity = reader_.setup.identity["weights"];
      identity = section_identity(*weights_.section, weights_.entry().description, parameters);
      add_files(identity, setup_.weights->files());
    });
    reader_.setup.columns.emplace_back("neurons", setup_.neurons);
    reader_.take(weights_, parameters);
  }

  void read_quantizer() { reader_.take_quantizer(quantizer_); }

  const InputDistribution& law() {
    if (!setup_.inputs.law) setup_.inputs.law = reader_.make(inputs_);
    return *setup_.inputs.law;
  }
  const WeightDistribution& w() {
    if (!setup_.weights) setup_.weights = reader_.make(weights_);
    return *setup_.weights;
  }
  // What the thing of a section says of its sizes.
  template <class Entry, class Ask>
  CellValues::Size asked(const NamedSection<Entry>& named, Ask ask) {
    named.entry();
    return reader_.attempt(named, ask);
  }

  CellReader reader_;
  NamedSection<InputEntry> inputs_;
  NamedSection<WeightEntry> weights_;
  NamedSection<QuantizerEntry> quantizer_;
  LayerSetup setup_;
};

}  // namespace

std::optional<LayerSetup> read_layer(const CellRequest& request, const std::vector<std::string>& further_keys,
                                     Diagnostics& diagnostics) {
  return LayerReader(request, further_keys, diagnostics).read();
}

}  // namespace pathquant
