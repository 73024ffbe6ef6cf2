// A cell of the weights experiment: vectors quantized by themselves, whatever they are multiplied with.
//
//   symbol  shape   meaning
//   W       N x P   P vectors of N numbers, quantized one by one (or in groups, or together: the quantizer's
//                   granularity): neurons of a weight distribution or file, or P rows of inputs as activations
#pragma once

#include <memory>
#include <optional>

#include "core/inputs/mismatch.hpp"
#include "core/weights/weight_distribution.hpp"
#include "experiments/measure/cell_setup.hpp"
#include "experiments/measure/layer_inputs.hpp"

namespace pathquant {

/// Where the vectors come from: neurons of `weights`, or rows of `inputs` where there are no weights.
struct Vectors {
  std::shared_ptr<const WeightDistribution> weights;
  std::shared_ptr<const InputDistribution> inputs;
  Index length = 0;
  Index count = 0;

  bool random() const { return weights ? weights->random() : inputs->random(count); }
  RowMatrix<double> draw(const LayerKey& key, const ExecutionContext& execution) const;
  /// The law of an entry where they are independent, all of one law.
  std::optional<EntryDistribution> law() const {
    return weights ? weights->entry_law() : entry_law(inputs->column_law());
  }
};

struct WeightsSetup : CellSetup {
  Vectors vectors;

  LayerShape shape() const { return {0, vectors.length, vectors.count}; }
};

std::shared_ptr<const Cell> make_weights_cell(WeightsSetup setup);

/// What the experiment takes beside the parameters of the distributions: width, samples, neurons.
const ParameterTable& vector_shape();
/// Checks and prepares a cell. Returns nullptr after adding a diagnostic.
std::shared_ptr<const Cell> prepare_weights_cell(const CellRequest& request, Diagnostics& diagnostics);

}  // namespace pathquant
