// A cell of the cost experiment: what it takes to quantize one kind of layer.
#pragma once

#include <memory>

#include "experiments/layer/layer_cell.hpp"

namespace pathquant {

/// The layer must be one that is held (LayerInputs::streamed() is false), without fresh rows.
std::shared_ptr<const Cell> make_cost_cell(LayerSetup setup);

}  // namespace pathquant
