// A cell of the cost experiment: what it takes to quantize one kind of layer.
#pragma once

#include <memory>

#include "experiments/measure/layer_setup.hpp"

namespace pathquant {

/// The layer must be one that is held (LayerInputs::streamed() is false), without fresh rows.
std::shared_ptr<const Cell> make_cost_cell(LayerSetup setup);

}  // namespace pathquant
