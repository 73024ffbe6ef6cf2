// A cell of the layer experiment: one quantizer on one kind of layer.
#pragma once

#include <memory>

#include "experiments/measure/layer_setup.hpp"
#include "experiments/task/experiment.hpp"

namespace pathquant {

std::shared_ptr<const Cell> make_layer_cell(LayerSetup setup);

}  // namespace pathquant
