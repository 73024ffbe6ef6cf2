// A cell of the layer experiment: one quantizer on one kind of layer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/alphabet/alphabet_rule.hpp"
#include "core/quantizers/quantizer.hpp"
#include "core/weights/weight_law.hpp"
#include "experiments/experiment.hpp"
#include "experiments/layer/evaluation.hpp"
#include "experiments/layer/layer_inputs.hpp"

namespace pathquant {

/// Everything of a cell that its trials share.
struct LayerSetup {
  std::uint64_t seed = 0;
  Precision precision = Precision::float64;
  LayerInputs inputs;
  std::shared_ptr<const WeightLaw> weights;
  Index neurons = 0;
  std::shared_ptr<const Quantizer> quantizer;
  std::shared_ptr<const AlphabetRule> alphabet;  ///< null where the quantizer finds its levels itself
  ExtraMeasurements extra;
  nlohmann::json identity;
  std::string foreign;  ///< what of it the program was not built with; empty: nothing
  std::vector<std::pair<std::string, nlohmann::ordered_json>> columns;

  LayerShape shape() const { return {inputs.samples, inputs.width, neurons}; }
};

std::shared_ptr<const Cell> make_layer_cell(LayerSetup setup);

}  // namespace pathquant
