// The specification of one layer of a cell: inputs, weights, and how they are quantized and measured.
#pragma once

#include <memory>

#include "core/weights/weight_distribution.hpp"
#include "experiments/measure/cell_setup.hpp"
#include "experiments/measure/layer_inputs.hpp"
#include "experiments/measure/measure_layer.hpp"

namespace pathquant {

/// Everything of a cell that its trials share.
struct LayerSetup : CellSetup {
  LayerInputs inputs;
  std::shared_ptr<const WeightDistribution> weights;
  Index neurons = 0;
  ExtraMeasurements extra;

  LayerShape shape() const { return {inputs.samples, inputs.width, neurons}; }
  bool mismatch() const { return inputs.mismatch > 0; }
};

}  // namespace pathquant
