// Reads a cell of the weights experiment: either `weights` with a distribution, and `inputs.width`, or `inputs`.
#include <fmt/ranges.h>

#include "experiments/kinds/weights/weights_cell.hpp"
#include "experiments/measure/cell_reader.hpp"
#include "experiments/measure/section_identity.hpp"
#include "experiments/measure/unavailable_cell.hpp"

namespace pathquant {
namespace {

ParameterTable only(std::initializer_list<const char*> names) {
  ParameterTable table;
  for (const char* name : names) table.push_back(*find(vector_shape(), name));
  return table;
}

void read_weights(CellReader& reader, Vectors& vectors) {
  const NamedSection<WeightEntry> weights = reader.weights(only({"neurons"}));
  weights.entry();
  const Section shape = reader.numbers("inputs", only({"width"}));
  vectors.weights = reader.make(weights);
  reader.values().provide("width", [&] { return vectors.weights->fixed_width(); });
  reader.values().provide("neurons", [&] { return vectors.weights->fixed_neurons(); });
  const Parameters parameters = reader.parameters(weights);
  const Parameters sizes = reader.values().resolve(shape, only({"width"}));
  reader.attempt(weights, [&] {
    vectors.length = size_of(sizes, "width", {});
    vectors.count = size_of(parameters, "neurons", {});
    const auto width = vectors.weights->fixed_width(), neurons = vectors.weights->fixed_neurons();
    if (width.value_or(vectors.length) != vectors.length || neurons.value_or(vectors.count) != vectors.count)
      throw std::invalid_argument(fmt::format("the file has {} neurons of {} inputs", *neurons, *width));
    reader.setup.identity["width"] = vectors.length;
    reader.setup.identity["weights"] = section_identity(*weights.section, weights.entry().description, parameters);
    reader.setup.files.add(vectors.weights->files(), reader.setup.identity["weights"]);
  });
  reader.setup.columns.emplace_back("width", vectors.length);
  reader.setup.columns.emplace_back("neurons", vectors.count);
  reader.take(weights, parameters);
}

void read_rows(CellReader& reader, Vectors& vectors) {
  const NamedSection<InputEntry> inputs = reader.inputs(only({"width", "samples"}));
  inputs.entry();
  vectors.inputs = reader.make(inputs);
  reader.values().provide("width", [&] { return vectors.inputs->fixed_width(); });
  reader.values().provide("samples", [&] { return vectors.inputs->available_samples(); });
  const Parameters parameters = reader.parameters(inputs);
  reader.attempt(inputs, [&] {
    vectors.length = size_of(parameters, "width", vectors.inputs->fixed_width());
    vectors.count = size_of(parameters, "samples", vectors.inputs->available_samples());
    vectors.inputs->open("", vectors.count, vectors.length);  // refuses now what it would refuse in every trial
    reader.setup.identity["inputs"] = section_identity(*inputs.section, inputs.entry().description, parameters);
    reader.setup.files.add(vectors.inputs->files(), reader.setup.identity["inputs"]);
  });
  reader.setup.columns.emplace_back("width", vectors.length);
  reader.setup.columns.emplace_back("samples", vectors.count);
  reader.take(inputs, parameters);
}

void read_vectors(const Node& tree, CellReader& reader, Vectors& vectors, Diagnostics& diagnostics) {
  const Node* inputs = tree.find("inputs");
  const Node* weights = tree.find("weights");
  const bool of_inputs =
      inputs != nullptr && (inputs->find("distribution") != nullptr || inputs->find("dataset") != nullptr);
  const bool of_weights = weights != nullptr && weights->find("distribution") != nullptr;
  if (of_inputs == of_weights) {
    diagnostics.push_back({of_inputs ? inputs->at : tree.at,
                           "the weights experiment quantizes vectors of weights or rows of inputs: give either weights "
                           "with a distribution (and width) or inputs with a distribution or dataset"});
    throw CellValues::Invalid();
  }
  of_inputs ? read_rows(reader, vectors) : read_weights(reader, vectors);
}

void require_memoryless(const QuantizerTraits& traits) {
  if (!traits.uses_inputs) return;
  throw std::invalid_argument(
      fmt::format("it looks at a layer's inputs, and here are weights alone: take a memoryless one ({})",
                  fmt::join(quantizers_with([](const QuantizerTraits& other) { return !other.uses_inputs; }), ", ")));
}

}  // namespace

const ParameterTable& vector_shape() {
  static const ParameterTable table = {
      integer("width", "N, numbers in a vector").at_least(1).at_most(1e12).labelled("numbers in a vector $N$"),
      integer("samples", "P, how many rows of the inputs are quantized").at_least(1).at_most(1e9).labelled("rows $P$"),
      integer("neurons", "P, how many vectors of weights are quantized")
          .at_least(1)
          .at_most(1e9)
          .labelled("vectors $P$")};
  return table;
}

std::shared_ptr<const Cell> prepare_weights_cell(const CellRequest& request, Diagnostics& diagnostics) {
  if (const std::string reason = why_unavailable(request.tree); !reason.empty())
    return make_unavailable_cell(request, reason);
  CellReader reader(request, diagnostics);
  reader.check_keys({});
  WeightsSetup setup;
  try {
    read_vectors(request.tree, reader, setup.vectors, diagnostics);
  } catch (const CellValues::Invalid&) {
    // What is wrong with the quantizer is to be reported as well.
  }
  try {
    const NamedSection<QuantizerEntry> quantizer = reader.quantizer();
    quantizer.entry();
    reader.take_quantizer(quantizer);
    reader.attempt(quantizer, [&] { require_memoryless(reader.setup.quantizer->traits()); });
  } catch (const CellValues::Invalid&) {
    return nullptr;
  }
  if (!reader.good()) return nullptr;
  reader.setup.identity["experiment"] = "weights/2";
  static_cast<CellSetup&>(setup) = std::move(reader.setup);
  return make_weights_cell(std::move(setup));
}

}  // namespace pathquant
